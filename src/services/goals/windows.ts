import type { Day, DayRange } from '../../lib/days.ts';

/** Enough for few transactions, few enough to hold in memory. A day is never split. */
const WINDOW_ROWS = 3_000;

/** A day that has figures, and how many rows. */
export interface DayRows {
  date: Day;
  rows: number;
}

/** Windows that cover these days (newest first), newest first, each with at most 3,000 rows or one day. */
export function windowsOf(days: readonly DayRows[]): DayRange[] {
  const windows: DayRange[] = [];
  let left = 0;
  for (const { date, rows } of days) {
    const window = windows.at(-1);
    if (window && rows <= left) {
      window.from = date;
      left -= rows;
    } else {
      windows.push({ from: date, to: date });
      left = WINDOW_ROWS - rows;
    }
  }
  return windows;
}
