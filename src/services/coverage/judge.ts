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

/** Why a slice is not there, in words. `timezone` is the account's. */
export function missingReason(row: MissingSliceRow, now: Date, timezone: string): string {
  if (row.date > dayOf(now, timezone)) return 'FUTURE: the day has not begun in the account\u2019s time zone';
  if (row.failure_class) return `${row.failure_class}: ${row.failure_reason ?? 'no reason given'}`;
  if (row.status === 'SUSPECT')
    return 'SUSPECT: the platform answered without rows where delivery was expected';
  return 'NOT_FETCHED: this day was never asked for';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
