import { ConnectorError } from '../connectors/errors.ts';
import { errorCode } from '../db/errors.ts';
import type { RunTrigger } from '../db/enums.ts';
import { AppError } from '../errors.ts';
import { AccountPaused } from '../services/accounts/pause.ts';

/** INTERNAL = a mistake of this program. The others say what to do, as ConnectorError does. */
export type FailureClass = 'REAUTHORIZE' | 'WAIT' | 'RETRY' | 'FIX' | 'INTERNAL';

export interface Failure {
  errorClass: FailureClass;
  /** For people: no secret, no personal data. Empty for INTERNAL, whose text may hold anything. */
  reason: string;
  retryAt: Date | null;
  /** The account was found paused: nothing was asked of its platform. */
  foundPaused?: true;
}

/** Why a task failed, from what it threw. */
export function judgeFailure(error: unknown): Failure {
  if (error instanceof ConnectorError) {
    const failure = { errorClass: error.failure, reason: error.message, retryAt: error.retryAt ?? null };
    return error instanceof AccountPaused ? { ...failure, foundPaused: true } : failure;
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
  /** For how long in all on the platform's word. */
  waitedMs: number;
  /** A number in [0, 1). */
  random: number;
}

/**
 * A task is tried three times when the failure may pass. It waits for a platform inside its run at most this often, this
 * long at a time and this long in all: an hourly run of everybody must be over before the next.
 */
const MAX_RETRIES = 2;
const MAX_WAITS = 12;
const LONGEST_WAIT_MS = 15 * 60_000;
const LONGEST_WAITING_MS = 30 * 60_000;

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
  const tooLong = waitMs > LONGEST_WAIT_MS || state.waitedMs + waitMs > LONGEST_WAITING_MS;
  return tooLong || state.retries >= MAX_WAITS ? null : waitMs + 1_000 * state.random;
}

/** How a task ends that is not tried again inside its run. */
export type FailureEnd =
  | { kind: 'FAILED' }
  /** It goes on in a run of its own, not before this moment. */
  | { kind: 'PARKED'; notBefore: Date }
  /** Whoever met the pause first goes on after it, and the schedule comes again. */
  | { kind: 'SKIPPED' };

const BY_THE_CLOCK: readonly RunTrigger[] = ['SCHEDULE', 'CATCH_UP'];
const LONGEST_JITTER_MS = 30_000;

interface EndState {
  trigger: RunTrigger;
  /** The task is about one account: pauses are of accounts. */
  ofAccount: boolean;
  now: Date;
  /** A number in [0, 1): the parked do not all come back in one moment. */
  random: number;
}

/** How a task ends whose failure gets no further try inside the run. */
export function decideEnd(failure: Failure, state: EndState): FailureEnd {
  const { errorClass, retryAt, foundPaused } = failure;
  const { trigger, now, random } = state;
  if (errorClass !== 'WAIT' || !retryAt || !state.ofAccount) return { kind: 'FAILED' };
  if (foundPaused && BY_THE_CLOCK.includes(trigger)) return { kind: 'SKIPPED' };
  const waitMs = Math.max(0, retryAt.getTime() - now.getTime());
  const jitterMs = random * Math.min(LONGEST_JITTER_MS, waitMs / 20);
  return { kind: 'PARKED', notBefore: new Date(now.getTime() + waitMs + jitterMs) };
}

/** What is said of a parked task. */
export function parkedReason(reason: string): string {
  return `${reason.replace(/\.$/, '')}; it goes on by itself then.`;
}
