import { errorWords, redactText } from '../lib/redact.ts';

/** The database cannot be used as it is. The message says in plain words what is wrong and what to do about it. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

/** The system's code of an error (`ENOENT`, `23505`), or '' when it has none. */
export function errorCode(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** For `catch`: `instead` when the file does not exist, any other error goes on. */
export function ifGone<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (errorCode(error) === 'ENOENT') return instead;
    throw error;
  };
}

/** The text of an error, whatever was thrown: without secrets and the values that drivers quote. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(errorText).join('; ');
  return error instanceof Error ? errorWords(error) : redactText(String(error));
}
