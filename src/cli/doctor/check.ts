/** OK · WARN will go wrong, or makes figures late · FAIL does not work now. */
export type CheckStatus = 'OK' | 'WARN' | 'FAIL';

/** One thing that was looked at. */
export interface Finding {
  /** `database`, `secrets`, …: one word. */
  check: string;
  status: CheckStatus;
  /** What was found: no secret in it. */
  message: string;
  /** What to do about it; null when it is OK. */
  todo: string | null;
}

export function ok(check: string, message: string): Finding {
  return { check, status: 'OK', message, todo: null };
}

export function warn(check: string, message: string, todo: string): Finding {
  return { check, status: 'WARN', message, todo };
}

export function fail(check: string, message: string, todo: string): Finding {
  return { check, status: 'FAIL', message, todo };
}
