import { AppError } from '../../errors.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Additive } from '../performance/formulas.ts';
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

const ZERO = new Prisma.Decimal(0);

/**
 * Adds up a range. Nothing delivered is zero in the reporting currency.
 * Currencies are never added to each other: several of them are a CONFLICT until rates convert them.
 */
export function summarise(rows: readonly CurrencySums[], reportingCurrency: string): Summary {
  const first = rows[0];
  if (rows.length > 1) throw mixedCurrencies(rows);
  if (!first) {
    const nothing = {
      spend: ZERO,
      impressions: ZERO,
      clicks: ZERO,
      conversions: ZERO,
      conversionValue: ZERO,
    };
    return { ...nothing, currency: reportingCurrency };
  }
  return {
    currency: first.currency,
    spend: new Prisma.Decimal(first.spend),
    impressions: new Prisma.Decimal(first.impressions),
    clicks: new Prisma.Decimal(first.clicks),
    conversions: new Prisma.Decimal(first.conversions),
    conversionValue: new Prisma.Decimal(first.conversion_value),
  };
}

/** Every goal that counted, by name. */
export function summariseGoals(rows: readonly GoalSums[]): GoalTotal[] {
  return rows.map((row) => ({
    name: row.name,
    count: new Prisma.Decimal(row.count),
    value: { amount: new Prisma.Decimal(row.value), currency: row.currency },
  }));
}

function mixedCurrencies(rows: readonly CurrencySums[]): AppError {
  const currencies = rows.map((row) => row.currency).join(', ');
  return new AppError(
    'CONFLICT',
    `These figures are in several currencies (${currencies}) and are not added up unconverted: ask per platform or campaign.`,
  );
}
