import { Prisma } from '../../../generated/prisma/client.ts';
import type { DayRange } from '../../../lib/days.ts';
import { dayOf, daysBetween } from '../../../lib/days.ts';
import { shareOf } from '../../performance/formulas.ts';
import type { Money } from '../../totals/summarise.ts';
import type { MissingDayRow, PartRow } from './sql.ts';

/** A part of what was asked for. There are no conversions in it on purpose: platforms leave some out of parts. */
export interface Part {
  segments: Record<string, string>;
  spend: Money;
  impressions: Prisma.Decimal;
  clicks: Prisma.Decimal;
  linkClicks: Prisma.Decimal;
  /** From 0 to 1, of the spend of all parts in the same currency; null when they spent nothing. */
  shareOfSpend: Prisma.Decimal | null;
  row: PartRow;
}

export function toPart(row: PartRow): Part {
  const spend = new Prisma.Decimal(row.spend);
  return {
    segments: row.segments,
    spend: { amount: spend, currency: row.currency },
    impressions: new Prisma.Decimal(row.impressions),
    clicks: new Prisma.Decimal(row.clicks),
    linkClicks: new Prisma.Decimal(row.link_clicks),
    shareOfSpend: shareOf(spend, new Prisma.Decimal(row.spend_of_all)),
    row,
  };
}

export interface DayCount {
  /** Accounts × days of the range, days to come included. */
  daysExpected: number;
  daysPresent: number;
  complete: boolean;
}

/** Adds accounts up. Without any account that has the breakdown nothing is known, so it is not complete. */
export function countDays(present: readonly number[], range: DayRange): DayCount {
  const daysExpected = present.length * (daysBetween(range.from, range.to) + 1);
  const daysPresent = present.reduce((sum, days) => sum + days, 0);
  return { daysExpected, daysPresent, complete: daysExpected > 0 && daysPresent === daysExpected };
}

/** Why a day is not there, in words that open with a class. `timezone` is the account's. */
export function missingReason(
  row: MissingDayRow,
  { now, timezone }: { now: Date; timezone: string },
): string {
  if (row.date > dayOf(now, timezone)) return 'FUTURE: the day has not begun in the account\u2019s time zone';
  if (row.failure_class) return `${row.failure_class}: ${row.failure_reason ?? 'no reason given'}`;
  return 'NOT_FETCHED: the breakdown of this day was never asked for';
}
