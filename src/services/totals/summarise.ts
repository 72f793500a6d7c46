import { AppError } from '../../errors.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import { DecimalSum } from '../../lib/money.ts';
import type { Additive } from '../performance/formulas.ts';
import { ratio } from '../performance/formulas.ts';
import type { CurrencySums, GoalSums } from './sql.ts';

export interface Money {
  amount: Prisma.Decimal;
  /** ISO 4217. */
  currency: string;
}

export interface GoalTotal {
  name: string;
  count: Prisma.Decimal;
  value: Money;
}

/** The additive figures of a range, in one currency. */
export interface Summary extends Additive {
  currency: string;
}

/** What of a range is no money: it adds up whatever the currencies. */
export type Counts = Pick<Additive, 'impressions' | 'clicks' | 'conversions'>;

const ZERO = new Prisma.Decimal(0);

/** One summary a currency, in the order of the rows; none where nothing was delivered. */
export function summariseEach(rows: readonly CurrencySums[]): Summary[] {
  return rows.map((row) => ({
    currency: row.currency,
    spend: new Prisma.Decimal(row.spend),
    impressions: new Prisma.Decimal(row.impressions),
    clicks: new Prisma.Decimal(row.clicks),
    conversions: new Prisma.Decimal(row.conversions),
    conversionValue: new Prisma.Decimal(row.conversion_value),
  }));
}

/**
 * The figures of a range in its only currency. Nothing delivered is zero in the reporting currency.
 * Currencies are never added to each other: several of them are a CONFLICT until rates convert them.
 */
export function summarise(summaries: readonly Summary[], reportingCurrency: string): Summary {
  if (summaries.length > 1) throw mixedCurrencies(summaries);
  return (
    summaries[0] ?? { ...addCounts([]), currency: reportingCurrency, spend: ZERO, conversionValue: ZERO }
  );
}

/** Of all currencies together. */
export function addCounts(summaries: readonly Summary[]): Counts {
  return {
    impressions: sum(summaries.map((summary) => summary.impressions)),
    clicks: sum(summaries.map((summary) => summary.clicks)),
    conversions: sum(summaries.map((summary) => summary.conversions)),
  };
}

/** Clicks per impression in per cent: no money in it, so it is the same in any currencies. */
export function clickRate(counts: Counts): Prisma.Decimal | null {
  return ratio('ctr', { ...counts, spend: ZERO, conversionValue: ZERO });
}

/** Exact: Decimal's own sum is rounded to 20 digits. */
function sum(amounts: readonly Prisma.Decimal[]): Prisma.Decimal {
  const total = new DecimalSum();
  for (const amount of amounts) total.add(amount.toFixed());
  return new Prisma.Decimal(total.text());
}

/** Every goal that counted, by name; in several currencies one of each. */
export function summariseGoals(rows: readonly GoalSums[]): GoalTotal[] {
  return rows.map((row) => ({
    name: row.name,
    count: new Prisma.Decimal(row.count),
    value: { amount: new Prisma.Decimal(row.value), currency: row.currency },
  }));
}

function mixedCurrencies(summaries: readonly Summary[]): AppError {
  const currencies = summaries.map((summary) => summary.currency).join(', ');
  return new AppError(
    'CONFLICT',
    `This money is in several currencies (${currencies}) and is not added up unconverted: ask byCurrency for each of them.`,
  );
}
