import type { Day, DayRange } from '../../lib/days.ts';
import { dayOf, daysBetween } from '../../lib/days.ts';
import type { AccountCoverage, MissingSliceRow } from './sql.ts';

/** How much of what a figure rests on is there. */
export interface CoverageSummary {
  /** Accounts × days of the range, days to come included. */
  expectedSlices: number;
  presentSlices: number;
  /** Read after the platform stopped restating them. */
  finalSlices: number;
  /** Up to this day every account is complete; null when not even the first day is. */
  dataThrough: Day | null;
  complete: boolean;
}

/** Adds accounts up. Without any account nothing is known, so it is not complete. */
export function judgeCoverage(rows: readonly AccountCoverage[], range: DayRange): CoverageSummary {
  const expectedSlices = rows.length * (daysBetween(range.from, range.to) + 1);
  const presentSlices = sum(rows.map((row) => row.present));
  const through = rows.map((row) => row.data_through ?? '').toSorted()[0];
  return {
    expectedSlices,
    presentSlices,
    finalSlices: sum(rows.map((row) => row.final)),
    dataThrough: through || null,
    complete: expectedSlices > 0 && presentSlices === expectedSlices,
  };
}

/** What of an account bears on its missing slices. */
export interface Asked {
  timezone: string;
  /** The platform takes no calls for the account before then; null or past = it does. */
  pausedUntil: Date | null;
  pauseReason: string | null;
}

/** Now, and the moment the coverage is of: null = the same. */
export interface Moment {
  now: Date;
  asOf: Date | null;
}

/** Why a slice is not there, in words that open with a class: FUTURE, SUSPECT, NOT_FETCHED, or what failed. */
export function missingReason(row: MissingSliceRow, account: Asked, moment: Moment): string {
  const at = moment.asOf ?? moment.now;
  if (row.date > dayOf(at, account.timezone))
    return 'FUTURE: the day has not begun in the account\u2019s time zone';
  return moment.asOf ? reasonThen(row, moment.asOf) : reasonNow(row, account, moment.now);
}

function reasonNow(row: MissingSliceRow, account: Asked, now: Date): string {
  const pause = pauseOf(account, now);
  if (row.status === 'SUSPECT') return `${suspicion(row)}${againText(row, pause)}`;
  if (row.failure_class === 'WAIT' && pause) return `WAIT: ${pause}`;
  if (row.failure_class) return failure(row);
  return pause
    ? `WAIT: this day was never asked for, and ${pause}`
    : 'NOT_FETCHED: this day was never asked for';
}

/** Of the past only the last failure and the first success are known. */
function reasonThen(row: MissingSliceRow, asOf: Date): string {
  if (row.first_fetched_at && row.first_fetched_at > asOf)
    return `NOT_FETCHED: the day was read for the first time at ${row.first_fetched_at.toISOString()}, after that moment`;
  if (row.status === 'SUSPECT') return suspicion(row);
  if (row.failure_class && row.attempted_at && row.attempted_at <= asOf) return failure(row);
  return 'NOT_FETCHED: this day had not been read by then';
}

function suspicion(row: MissingSliceRow): string {
  return `SUSPECT: ${row.suspect_reason ?? 'the platform answered without rows where delivery was expected'}`;
}

function againText(row: MissingSliceRow, pause: string | null): string {
  if (!row.failure_class) return '';
  return `; asked again: ${row.failure_class === 'WAIT' && pause ? `WAIT: ${pause}` : failure(row)}`;
}

function failure(row: MissingSliceRow): string {
  return `${row.failure_class ?? 'INTERNAL'}: ${row.failure_reason ?? 'no reason given'}`;
}

function pauseOf({ pausedUntil, pauseReason }: Asked, now: Date): string | null {
  if (!pausedUntil || pausedUntil <= now) return null;
  const why = pauseReason ? ` (${pauseReason})` : '';
  return `the platform takes no calls for this account until ${pausedUntil.toISOString()}${why}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
