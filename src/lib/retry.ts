import { setTimeout as wait } from 'node:timers/promises';
import pRetry from 'p-retry';

/** Again after a jittered pause, again after a pause that was asked for, or not again. */
export type RetryDecision = 'retry' | 'stop' | { afterMs: number };

export interface RetryPolicy {
  /** Calls in all, the first included. */
  tries: number;
  /** Upper bound of the first pause; doubles with each try. */
  baseMs: number;
  /** Upper bound of every jittered pause. */
  capMs: number;
  /** A number in [0, 1). */
  random: () => number;
}

export interface RetryOptions extends RetryPolicy {
  decide: (error: unknown) => RetryDecision;
  /** Ends a pause at once; the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Six tries over at most 31 seconds of pauses, 15 on average. */
export const DEFAULT_RETRIES: RetryPolicy = { tries: 6, baseMs: 1_000, capMs: 30_000, random: Math.random };

/**
 * "Full jitter" of "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): a random pause between nothing
 * and the doubled bound, so that many callers that failed together do not come back together.
 * `failures` counts from 1.
 */
export function pauseMs(policy: RetryPolicy, failures: number): number {
  return policy.random() * Math.min(policy.capMs, policy.baseMs * 2 ** (failures - 1));
}

/**
 * Does `work` until it succeeds, `decide` says stop or the tries are used up; then rejects with the last error.
 * A TypeError is a mistake in the program and is never retried.
 */
export async function retrying<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, decide, tries } = options;
  try {
    return await pRetry(work, {
      retries: tries - 1,
      // p-retry's own jitter never pauses less than its bound; the pause is made here instead.
      minTimeout: 0,
      signal,
      shouldRetry: async ({ error, attemptNumber }) => {
        signal?.throwIfAborted();
        const decision = decide(error);
        if (decision === 'stop') return false;
        const ms = decision === 'retry' ? pauseMs(options, attemptNumber) : decision.afterMs;
        await wait(ms, undefined, { signal });
        return true;
      },
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
