import { ConnectorError } from '../connectors/errors.ts';
import { errorCode } from '../db/errors.ts';
import { AppError } from '../errors.ts';

/** INTERNAL = a mistake of this program. The others say what to do, as ConnectorError does. */
export type FailureClass = 'REAUTHORIZE' | 'WAIT' | 'RETRY' | 'FIX' | 'INTERNAL';

export interface Failure {
  errorClass: FailureClass;
  /** For people: no secret, no personal data. Empty for INTERNAL, whose text may hold anything. */
  reason: string;
  retryAt: Date | null;
}

/** Why a task failed, from what it threw. */
export function judgeFailure(error: unknown): Failure {
  if (error instanceof ConnectorError) {
    return { errorClass: error.failure, reason: error.message, retryAt: error.retryAt ?? null };
  }
  if (isDatabaseAway(error)) {
    return { errorClass: 'RETRY', reason: 'The database was away for a moment.', retryAt: null };
  }
  if (error instanceof AppError && error.code !== 'INTERNAL') {
    return { errorClass: 'FIX', reason: error.message, retryAt: null };
  }
  return { errorClass: 'INTERNAL', reason: '', retryAt: null };
}

/**
 * SQLSTATE classes and codes that say nothing about the statement (PostgreSQL manual, appendix A): connection lost,
 * server going down or starting, no connections or memory left, deadlock, serialization, lock and statement timeouts.
 */
const AWAY =
  /^(08...|57P0[1-5]|53[0-3]00|40001|40P01|55P03|57014|25P03|E(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH))$/;

/** pg's own errors carry no code. */
const AWAY_TEXT =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** True when the same statement may well work in a moment. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return AWAY.test(errorCode(error)) || AWAY_TEXT.test(error.message);
}

export interface RetryState {
  now: Date;
  /** How often the task was put back already. */
  retries: number;
  /** A number in [0, 1). */
  random: number;
}

/** A task is tried three times when the failure may pass, and waits for a platform at most this often and long. */
const MAX_RETRIES = 2;
const MAX_WAITS = 12;
const LONGEST_WAIT_MS = 15 * 60_000;

/** The pause before the second and the third try: 5 to 10 s, 20 to 40 s. */
const BASE_MS = 10_000;

/** The failed task goes back into the queue for so many milliseconds; null = it failed for good. */
export function decideRetry(failure: Failure, state: RetryState): number | null {
  const backoff = BASE_MS * 4 ** state.retries * (0.5 + state.random / 2);
  if (failure.errorClass === 'RETRY') return state.retries < MAX_RETRIES ? backoff : null;
  if (failure.errorClass !== 'WAIT') return null;
  if (!failure.retryAt) return state.retries < MAX_RETRIES ? backoff : null;
  const waitMs = Math.max(0, failure.retryAt.getTime() - state.now.getTime());
  // A little more than announced, and not everybody at the same moment.
  return waitMs <= LONGEST_WAIT_MS && state.retries < MAX_WAITS ? waitMs + 1_000 * state.random : null;
}
