import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Prisma } from '../../../src/generated/prisma/client.ts';
import type { RatioName } from '../../../src/services/performance/formulas.ts';
import { FORMULAS, ratio } from '../../../src/services/performance/formulas.ts';

const figures = (numbers: {
  spend: string;
  impressions: string;
  clicks: string;
  conversions: string;
  value: string;
}) => ({
  spend: new Prisma.Decimal(numbers.spend),
  impressions: new Prisma.Decimal(numbers.impressions),
  clicks: new Prisma.Decimal(numbers.clicks),
  conversions: new Prisma.Decimal(numbers.conversions),
  conversionValue: new Prisma.Decimal(numbers.value),
});

describe('ratios', () => {
  const month = figures({
    spend: '58705.23',
    impressions: '213434828',
    clicks: '38165',
    conversions: '1079',
    value: '0',
  });
  it.each([
    ['ctr', '0.017881'],
    ['cpc', '1.538195'],
    ['cpm', '0.275050'],
    ['cpa', '54.407071'],
    ['roas', '0.000000'],
  ] as [RatioName, string][])('%s of the published month is %s', (name, expected) => {
    expect(ratio(name, month)?.toFixed(6)).toBe(expected);
  });

  it('are null, not zero, over nothing', () => {
    const nothing = figures({ spend: '0', impressions: '0', clicks: '0', conversions: '0', value: '0' });
    for (const name of Object.keys(FORMULAS) as RatioName[]) expect(ratio(name, nothing)).toBeNull();
  });

  it('times what stands below give what stands above, to the rounding', () => {
    const positive = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(positive, positive, (spend, clicks) => {
        const cpc = ratio(
          'cpc',
          figures({ spend: `${spend}`, impressions: '1', clicks: `${clicks}`, conversions: '1', value: '1' }),
        );
        expect(Math.abs(Number(cpc) * clicks - spend)).toBeLessThanOrEqual(clicks * 0.000_000_5 + 1e-6);
      }),
    );
  });
});
