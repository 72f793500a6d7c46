import { dayOf } from '../../lib/days.ts';
import { lastOver, monthPlus } from './calendar.ts';

/** FINAL months are compared with today for so long: a platform that restates later is asked by nobody. */
const COMPARED_MONTHS = 3;

/** The oldest month whose FINAL books are compared with today. */
export function settledSince(now: Date): string {
  return monthPlus(dayOf(now, 'UTC').slice(0, 7), -COMPARED_MONTHS);
}

/**
 * The months of a client on one platform that a settle looks at, newest first: PROVISIONAL and REOPENED ones of any
 * age, of the last three months also FINAL ones and those of which nothing could be saved, and the newest one that is
 * over in every account's zone when nobody has closed it, which is how accounts where the day ends late get their close
 * on their own first of the month.
 */
export function monthsOfPair(
  timezones: readonly string[],
  stored: readonly { month: string }[],
  now: Date,
): string[] {
  const newest = lastOver(timezones, now);
  const months = new Set([...(newest === null ? [] : [newest]), ...stored.map(({ month }) => month)]);
  return [...months].sort().reverse();
}
