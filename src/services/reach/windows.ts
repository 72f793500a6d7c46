import type { Day, DayRange } from '../../lib/days.ts';
import { addDays, addMonths } from '../../lib/days.ts';

/** Days whose reach is asked for as a whole. */
export interface ReachWindow extends DayRange {
  /** It ends with "yesterday": the next day's window takes its place. The others are kept for ever. */
  rolling: boolean;
}

/**
 * The windows that are kept for an account, from its own today: the last whole month, this month up to yesterday, and
 * the 7 and 30 days that end yesterday. Today is in none of them, because it is not over. On the first of a month
 * nothing of it is; two windows of the same days are one.
 */
export function reachWindows(today: Day): ReachWindow[] {
  const yesterday = addDays(today, -1);
  const month = firstOfMonth(today);
  const rolling = [month, addDays(today, -7), addDays(today, -30)]
    .filter((from) => from <= yesterday)
    .map((from) => ({ from, to: yesterday, rolling: true }));
  return withoutDoubles([{ ...monthBefore(month), rolling: false }, ...rolling]);
}

/** The windows of days that somebody asked for: these days as a whole, and every whole month in them. */
export function reachWindowsOf(range: DayRange): ReachWindow[] {
  const months: DayRange[] = [];
  for (let next = addMonths(firstOfMonth(range.to), 1); ;) {
    const month = monthBefore(next);
    if (month.from < range.from) break;
    if (month.to <= range.to) months.push(month);
    next = month.from;
  }
  return withoutDoubles([range, ...months].map(({ from, to }) => ({ from, to, rolling: false })));
}

function firstOfMonth(day: Day): Day {
  return `${day.slice(0, 7)}-01`;
}

/** The whole month before a first of a month. */
function monthBefore(first: Day): DayRange {
  return { from: addMonths(first, -1), to: addDays(first, -1) };
}

/** The first of several with the same days stays. */
function withoutDoubles(windows: readonly ReachWindow[]): ReachWindow[] {
  const byDays = new Map<string, ReachWindow>();
  for (const window of windows) {
    const days = `${window.from} ${window.to}`;
    if (!byDays.has(days)) byDays.set(days, window);
  }
  return [...byDays.values()];
}
