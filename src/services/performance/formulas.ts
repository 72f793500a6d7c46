import { Prisma } from '../../generated/prisma/client.ts';

/** The additive figures a ratio is made of. Money in major units of one currency. */
export interface Additive {
  spend: Prisma.Decimal;
  impressions: Prisma.Decimal;
  clicks: Prisma.Decimal;
  conversions: Prisma.Decimal;
  conversionValue: Prisma.Decimal;
}

interface Formula {
  above: keyof Additive;
  below: keyof Additive;
  /** The quotient is multiplied by this: 1,000 impressions, 100 for per cent. */
  times: number;
}

/**
 * Every ratio of the product, once. Definitions as in the platforms' own reports: ctr is clicks per impression in
 * per cent, cpc and cpa are spend per click and per conversion of the primary goal, cpm is spend per 1,000
 * impressions, roas is conversion value per unit of spend.
 */
export const FORMULAS = {
  ctr: { above: 'clicks', below: 'impressions', times: 100 },
  cpc: { above: 'spend', below: 'clicks', times: 1 },
  cpm: { above: 'spend', below: 'impressions', times: 1000 },
  cpa: { above: 'spend', below: 'conversions', times: 1 },
  roas: { above: 'conversionValue', below: 'spend', times: 1 },
} as const satisfies Record<string, Formula>;

export type RatioName = keyof typeof FORMULAS;

const DECIMALS = 6;

/** A ratio to 6 decimals, half up; null when what stands below is zero: nothing is not nought. */
export function ratio(name: RatioName, figures: Additive): Prisma.Decimal | null {
  const { above, below, times } = FORMULAS[name];
  if (figures[below].isZero()) return null;
  return figures[above]
    .times(times)
    .dividedBy(figures[below])
    .toDecimalPlaces(DECIMALS, Prisma.Decimal.ROUND_HALF_UP);
}

/** A part of a whole, from 0 to 1 and to 6 decimals, half up; null when the whole is zero. */
export function shareOf(part: Prisma.Decimal, whole: Prisma.Decimal): Prisma.Decimal | null {
  if (whole.isZero()) return null;
  return part.dividedBy(whole).toDecimalPlaces(DECIMALS, Prisma.Decimal.ROUND_HALF_UP);
}
