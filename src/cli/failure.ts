import { CommanderError } from '@commander-js/extra-typings';
import { describeError, errorWords, redactText } from '../lib/redact.ts';
import type { ExitCode } from './exit.ts';
import { EXIT } from './exit.ts';

/** What a person is told about a command that failed. */
export interface FailureReport {
  /** Null: it was said already. */
  message: string | null;
  exitCode: ExitCode;
}

const HINT = 'Add --help to see how it is used.';
/** Named, not imported: nothing of the product is loaded to say that an option is unknown. */
const PLAIN: ReadonlySet<string> = new Set(['AppError', 'ConfigError', 'DatabaseError', 'ConnectorError']);
const WRONG_USAGE: ReadonlySet<unknown> = new Set(['BAD_USER_INPUT', 'NOT_FOUND']);

/** PostgreSQL's own refusals that have their cause in the address or the role: SQLSTATE 28…, 3D000, 42501, 53300. */
const REFUSED = /^(28...|3D000|42501|53300)$/;
const UNREACHABLE = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;

/** Decides what to say. Never a stack, never the values of the environment. */
export function describeFailure(error: unknown): FailureReport {
  if (error instanceof CommanderError) {
    return { message: null, exitCode: error.exitCode === 0 ? EXIT.DONE : EXIT.USAGE };
  }
  const { name, code, message } = partsOf(error);
  if (PLAIN.has(name) && code !== 'INTERNAL') {
    const usage = WRONG_USAGE.has(code);
    return { message: usage ? `${message}\n${HINT}` : message, exitCode: usage ? EXIT.USAGE : EXIT.FAILED };
  }
  return { message: describeSystem(code, message), exitCode: EXIT.FAILED };
}

function describeSystem(code: string, message: string): string {
  if (UNREACHABLE.test(code)) return `Cannot connect (${message}). Check DATABASE_URL and HOST.`;
  if (REFUSED.test(code)) return `The database refuses: ${message}. Check DATABASE_URL.`;
  if (message.startsWith('listen ')) return `Cannot listen (${message}). Check HOST and PORT.`;
  return `Something unexpected went wrong: ${message}\nRun it again with LOG_LEVEL=debug to see more.`;
}

function partsOf(error: unknown): { name: string; code: string; message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return partsOf(error.errors[0]);
  if (!(error instanceof Error)) return { name: '', code: '', message: redactText(String(error)) };
  const code: unknown = 'code' in error ? error.code : undefined;
  const [firstLine = error.name] = errorWords(error).split('\n');
  const message = PLAIN.has(error.name) ? redactText(error.message) : firstLine;
  return { name: error.name, code: typeof code === 'string' ? code : '', message };
}

/** Tells the person on stderr, with the stack only when LOG_LEVEL asks for details; returns the exit code. */
export async function reportFailure(error: unknown): Promise<ExitCode> {
  const { message, exitCode } = describeFailure(error);
  if (message !== null) {
    process.stderr.write(`${message}\n`);
    if (await wantsDetails()) process.stderr.write(`${stackOf(error)}\n`);
  }
  return exitCode;
}

async function wantsDetails(): Promise<boolean> {
  const { readConfig } = await import('../config.ts');
  try {
    return ['debug', 'trace'].includes(readConfig().logLevel);
  } catch {
    return false;
  }
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return redactText(String(error));
  const { type, message, stack } = describeError(error);
  const own = `${type}: ${message}\n${stack}`;
  return error.cause === undefined ? own : `${own}\ncaused by ${stackOf(error.cause)}`;
}
