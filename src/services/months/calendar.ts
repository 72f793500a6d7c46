import type { Day, DayRange } from '../../lib/days.ts';
import { addDays, addMonths, dayOf } from '../../lib/days.ts';

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** True for a calendar month as it is written here, `2026-09`. */
export function isMonth(text: string): boolean {
  return MONTH.test(text);
}

/** The days of a month, both ends included. */
export function rangeOf(month: string): DayRange {
  const from = `${month}-01`;
  return { from, to: addDays(addMonths(from, 1), -1) };
}

/** The calendar month before the one of a day. */
export function monthBefore(day: Day): string {
  return addMonths(`${day.slice(0, 7)}-01`, -1).slice(0, 7);
}

/** So many months later, or earlier when negative. */
export function monthPlus(month: string, months: number): string {
  return addMonths(`${month}-01`, months).slice(0, 7);
}

/** Whether a month has ended where the account is: its days are days in that zone. */
export function isOver(month: string, timezone: string, now: Date): boolean {
  return dayOf(now, timezone) > rangeOf(month).to;
}

/** The newest month that is over in every one of these zones; null without a zone. */
export function lastOver(timezones: readonly string[], now: Date): string | null {
  return timezones.map((zone) => monthBefore(dayOf(now, zone))).toSorted()[0] ?? null;
}

/** When the figures of a month stand still. */
export interface Maturity {
  /** The first day, in the account's zone, on which no day of the month is restated any more. */
  from: Day;
  isMature: boolean;
}

/**
 * Whether the platform can still change a month: a day can change for so many days after it (Meta: 28; Google: the
 * longest conversion window of the account), and the month's last day is the last to stand still. The same rule by
 * which a slice is final.
 */
export function maturity(
  month: string,
  account: { timezone: string; restatementDays: number },
  now: Date,
): Maturity {
  const from = addDays(rangeOf(month).to, account.restatementDays + 1);
  return { from, isMature: dayOf(now, account.timezone) >= from };
}
