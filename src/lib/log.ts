import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Names under which a secret could arrive in a logged object, at the top or one level down. */
const SECRET_NAMES = [
  'token',
  'accessToken',
  'access_token',
  'authorization',
  'password',
  'secret',
  'adminKey',
  'email',
  'phone',
];

/** JSON lines on stderr: stdout belongs to a command's own output. */
export function createLog(level: LogLevel, destination: DestinationStream = pino.destination(2)): Logger {
  const paths = SECRET_NAMES.flatMap((name) => [name, `*.${name}`]);
  return pino({ level, base: null, redact: { paths, censor: '[redacted]' } }, destination);
}
