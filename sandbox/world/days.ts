import { Temporal } from 'temporal-polyfill';

const DAY_MS = 86_400_000;

/** Days since 1970-01-01: a calendar day as a number, so that days can be counted. */
export type DayNumber = number;

/** The moment the world is looked at, as an account sees it. */
export interface LocalMoment {
  today: DayNumber;
  /** Whole hours of the day that are over, 0-23. */
  hour: number;
}

export function dayNumber(day: string): DayNumber {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);
}

const texts = new Map<DayNumber, string>();

export function dayText(day: DayNumber): string {
  // Asked for every row of every answer, of a few thousand days.
  const known = texts.get(day);
  if (known !== undefined) return known;
  const text = new Date(day * DAY_MS).toISOString().slice(0, 10);
  texts.set(day, text);
  return text;
}

/** True for `YYYY-MM-DD` naming a day of the calendar. */
export function isDay(text: unknown): text is string {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && dayText(at / DAY_MS) === text;
}

export function localMoment(at: Date, timezone: string): LocalMoment {
  const local = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timezone);
  return { today: dayNumber(local.toPlainDate().toString()), hour: local.hour };
}

export function addMonths(day: DayNumber, months: number): DayNumber {
  return dayNumber(Temporal.PlainDate.from(dayText(day)).add({ months }).toString());
}

export function firstOfMonth(day: DayNumber): DayNumber {
  return dayNumber(`${dayText(day).slice(0, 7)}-01`);
}

/** 0 = Monday. */
export function weekday(day: DayNumber): number {
  return (day + 3) % 7;
}

export function monthOf(day: DayNumber): number {
  return new Date(day * DAY_MS).getUTCMonth() + 1;
}

/** The way the Graph API writes a moment: `2026-03-08T14:18:45-0800`, here at a second of a local day. */
export function graphTime(day: DayNumber, second: number, timezone: string): string {
  const local = Temporal.PlainDate.from(dayText(day)).toZonedDateTime(timezone).add({ seconds: second });
  return `${local.toPlainDateTime().toString({ smallestUnit: 'second' })}${local.offset.replace(':', '')}`;
}

/** The second at which a local day starts, in Unix time. */
export function unixStart(day: DayNumber, timezone: string): number {
  const start = Temporal.PlainDate.from(dayText(day)).toZonedDateTime(timezone);
  return Math.floor(start.epochMilliseconds / 1000);
}
