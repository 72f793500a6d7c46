import { DecimalSum } from '../../lib/money.ts';
import type { CurrencySums, GoalSums } from '../totals/sql.ts';
import type { CampaignContent } from './content.ts';

const MEASURES = ['spend', 'impressions', 'clicks', 'conversions', 'conversionValue'] as const;

/** Sums of a month's rows as it says them, a row a currency, by currency. */
export function sumMonth(rows: readonly CampaignContent[]): CurrencySums[] {
  return currenciesOf(rows).map((currency) => {
    const own = rows.filter((row) => row.currency === currency);
    const [spend = '0', impressions = '0', clicks = '0', conversions = '0', value = '0'] = MEASURES.map(
      (name) => add(own.map((row) => row[name])),
    );
    return { currency, spend, impressions, clicks, conversions, conversion_value: value };
  });
}

/** The goals of a month's rows, by name and currency. */
export function sumMonthGoals(rows: readonly CampaignContent[]): GoalSums[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.goals)))].sort();
  return names.flatMap((name) =>
    currenciesOf(rows).flatMap((currency) => {
      const own = rows.flatMap((row) => (row.currency === currency ? (row.goals[name] ?? []) : []));
      if (own.length === 0) return [];
      return [
        {
          currency,
          name,
          count: add(own.map((goal) => goal.count)),
          value: add(own.map((goal) => goal.value)),
        },
      ];
    }),
  );
}

function currenciesOf(rows: readonly CampaignContent[]): string[] {
  return [...new Set(rows.map((row) => row.currency))].sort();
}

function add(amounts: readonly string[]): string {
  const sum = new DecimalSum();
  for (const amount of amounts) sum.add(amount);
  return sum.text();
}
