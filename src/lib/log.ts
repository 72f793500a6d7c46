import { pino } from 'pino';
import type { DestinationStream, Logger as Pino } from 'pino';
import { describeError, redact } from './redact.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Without `child`: what a child carries into every line would pass by `printable`. */
export type Logger = Pick<Pino, 'trace' | 'debug' | 'info' | 'warn' | 'error'>;

/** JSON lines on stderr: stdout belongs to a command's own output. No secret and no personal data gets through. */
export function createLog(level: LogLevel, destination: DestinationStream = pino.destination(2)): Logger {
  return pino(
    {
      level,
      base: null,
      // What arrives here is plain already.
      serializers: { err: (described: unknown) => described },
      hooks: {
        logMethod(args, method) {
          method.apply(this, args.map(printable) as typeof args);
        },
      },
    },
    destination,
  );
}

/** An error in the first place would otherwise give its own words to the line. */
function printable(value: unknown, index: number, all: readonly unknown[]): unknown {
  if (index > 0 || !(value instanceof Error)) return redact(value);
  const err = describeError(value);
  return all.length === 1 ? { err, msg: err.message } : { err };
}
