import type { CallCosts } from '../../connectors/ads/costs.ts';
import { FIRST_WINDOW_DAYS, windowDaysAfter } from '../sync/plan.ts';

/** Insight rows of a day where nothing is known of the account. */
export const UNKNOWN_ROWS_PER_DAY = 50;

/** A platform that says nothing of its costs is taken for one like this. */
export const USUAL_COSTS: CallCosts = { unit: 'CALLS', perTask: 3, perWindow: 2, rowsPerCall: 500 };

export interface Reading {
  /** Days in one piece. */
  days: number;
  /** Null = nothing is known yet. */
  rowsPerDay: number | null;
  /** A task of its own: it also reads what stands before the first window. */
  isTask: boolean;
}

/**
 * How many calls a reading takes when nothing goes wrong: the windows a sync would make of it, and for each the pages
 * its rows fill. Days that brought more or less than usual, retries and what a platform answers in parts are not in it.
 */
export function estimateCalls({ days, rowsPerDay, isTask }: Reading, costs: CallCosts): number {
  if (days <= 0) return 0;
  const rows = rowsPerDay ?? UNKNOWN_ROWS_PER_DAY;
  let calls = isTask ? costs.perTask : 0;
  let size = FIRST_WINDOW_DAYS;
  for (let left = days; left > 0;) {
    const window = Math.min(size, left);
    const brings = Math.ceil(rows * window);
    calls += costs.perWindow + (costs.rowsPerCall === null ? 0 : pagesOf(brings, costs.rowsPerCall));
    left -= window;
    size = windowDaysAfter(brings, window);
  }
  return calls;
}

/** An empty answer is a call too. */
function pagesOf(rows: number, rowsPerCall: number): number {
  return Math.max(1, Math.ceil(rows / rowsPerCall));
}
