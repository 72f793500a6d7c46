import type { Day, DayRange } from '../../lib/days.ts';
import { addDays, addMonths, intersect } from '../../lib/days.ts';

/** A calendar month, `2026-09`, or the part of it that is asked for. */
export interface MonthSpan {
  month: string;
  range: DayRange;
}

/**
 * The last so many calendar months, newest first: the one of `today` up to today, and those before it. Days that the
 * platform does not keep any more (so many months before today) are left out.
 */
export function monthsBack(today: Day, months: number, historyMonths: number): MonthSpan[] {
  const earliest = addDays(addMonths(today, -historyMonths), 1);
  const first = addMonths(`${monthOf(today)}-01`, 1 - months);
  const range = intersect({ from: first, to: today }, { from: earliest, to: today });
  return range ? monthsOf(range) : [];
}

/** The calendar months of a range, newest first, each with the days of it that the range has. */
export function monthsOf(range: DayRange): MonthSpan[] {
  const spans: MonthSpan[] = [];
  for (let to = range.to; to >= range.from; to = addDays(`${monthOf(to)}-01`, -1)) {
    const first = `${monthOf(to)}-01`;
    spans.push({ month: monthOf(to), range: { from: first > range.from ? first : range.from, to } });
  }
  return spans;
}

export function monthOf(day: Day): string {
  return day.slice(0, 7);
}
