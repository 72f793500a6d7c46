import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AppError } from '../errors.ts';
import type { Logger } from './log.ts';
import { describeError, errorWords, redact } from './redact.ts';

/** What an operator's module is told of a mistake of this program. */
export interface ErrorReport {
  /** Under this id the log has it; a caller was told it, too. */
  errorId: string;
  /** What broke: something a caller asked for, or a task of a run. */
  where: 'request' | 'task';
  /** Without secrets and personal data: its kind, words, code and place, and those of its cause. */
  error: Error;
  /** Ids of what it happened to. */
  context: Readonly<Record<string, unknown>>;
}

/** `onError` of the module that TRIBUTARY_ON_ERROR names. It may be asynchronous. */
export type ErrorHook = (report: ErrorReport) => unknown;

/** Loads the operator's module. Throws BAD_USER_INPUT when it cannot be loaded or has no `onError`. */
export async function loadErrorHook(path: string): Promise<ErrorHook> {
  const wrong = (why: string) => new AppError('BAD_USER_INPUT', `TRIBUTARY_ON_ERROR: the module ${why}.`);
  let loaded: { onError?: unknown };
  try {
    loaded = (await import(pathToFileURL(resolve(path)).href)) as { onError?: unknown };
  } catch (error) {
    throw wrong(`cannot be loaded (${error instanceof Error ? errorWords(error) : 'no reason given'})`);
  }
  if (typeof loaded.onError !== 'function') throw wrong('exports no function onError');
  return loaded.onError as ErrorHook;
}

/** Reports on their way; a collector that takes none must not fill the memory. */
const MOST_AT_ONCE = 100;

/**
 * The same log, which also hands every error that got an errorId to the hook. Whatever the hook does, it hurts nobody:
 * what it throws is logged, nobody waits for it, and of too many at once the rest is left out.
 */
export function reporting(log: Logger, hook: ErrorHook): Logger {
  let open = 0;
  const report = async (entry: Entry) => {
    if (open >= MOST_AT_ONCE) {
      log.warn({ errorId: entry.errorId }, 'the error hook is overrun; this one was not reported');
      return;
    }
    open += 1;
    try {
      await hook(toReport(entry));
    } catch (error) {
      log.warn({ errorId: entry.errorId, err: error }, 'the error hook failed');
    } finally {
      open -= 1;
    }
  };
  const error = (...said: Parameters<Logger['error']>) => {
    log.error(...said);
    const [entry] = said as unknown[];
    if (isEntry(entry)) void report(entry);
  };
  return {
    trace: log.trace.bind(log),
    debug: log.debug.bind(log),
    info: log.info.bind(log),
    warn: log.warn.bind(log),
    error,
  };
}

interface Entry {
  errorId: string;
  err?: unknown;
}

function isEntry(value: unknown): value is Entry {
  return (
    typeof value === 'object' && value !== null && 'errorId' in value && typeof value.errorId === 'string'
  );
}

function toReport({ errorId, err, ...context }: Entry): ErrorReport {
  const where = 'taskId' in context ? 'task' : 'request';
  return { errorId, where, error: printable(err), context: redact(context) as Record<string, unknown> };
}

/** An error of its own: on the real one hang connections, requests and the values of statements. */
function printable(thrown: unknown): Error {
  if (!(thrown instanceof Error)) return new Error(String(redact(String(thrown))));
  const { type, message, code, stack } = describeError(thrown);
  const cause = thrown.cause instanceof Error ? { cause: printable(thrown.cause) } : {};
  const error = Object.assign(new Error(message, cause), code === undefined ? {} : { code });
  error.name = type;
  error.stack = `${type}: ${message}\n${stack}`;
  return error;
}
