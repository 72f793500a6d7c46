/**
 * The codes a caller can act on; they reach GraphQL as `extensions.code`.
 * INTERNAL never carries its cause: callers get an errorId that is also in the log.
 */
export const ERROR_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'CONFLICT',
  'PLAN_STALE',
  'RATE_LIMITED',
  'TIMEOUT',
  'UPSTREAM',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error meant for the caller: the message says what to do next and holds no secret and no personal data. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What is not there and what may not be seen answer alike. */
export function notFound(noun: string): AppError {
  return new AppError('NOT_FOUND', `No such ${noun}.`);
}

/** The caller sent something that cannot be right; the message names it and says what would be. */
export function badInput(message: string): AppError {
  return new AppError('BAD_USER_INPUT', message);
}
