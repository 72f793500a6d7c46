import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { graphql } from '../generated/graphql/gql.ts';
import type { Holder } from '../services/sync/support.ts';
import { action, addHolder, adRow, replace } from '../services/sync/support.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';

const RANGE = { from: '2026-10-01', to: '2026-10-31' };

const EachCurrency = graphql(`
  query EachCurrency($clientId: ID!, $range: DateRange!) {
    totals(clientId: $clientId, range: $range) {
      impressions
      clicks
      conversions
      ctr
      spendInReportingCurrency {
        amount
      }
      byCurrency {
        currency
        spend {
          amount
          currency
        }
        impressions
        clicks
        conversions
        conversionValue {
          amount
        }
        ctr
        cpc {
          amount
          currency
        }
        cpm {
          amount
        }
        cpa {
          amount
        }
        roas
        goals {
          name
          count
          value {
            amount
            currency
          }
        }
      }
    }
  }
`);
const MoneyOfAll = graphql(`
  query MoneyOfAll($clientId: ID!, $range: DateRange!) {
    totals(clientId: $clientId, range: $range) {
      spend {
        amount
        currency
      }
    }
  }
`);
const RatiosOfAll = graphql(`
  query RatiosOfAll($clientId: ID!, $range: DateRange!) {
    totals(clientId: $clientId, range: $range) {
      clicks
      cpc {
        amount
      }
      byCurrency {
        currency
      }
    }
  }
`);

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp({ jobs: false });
});
afterAll(() => test.stop());

/** An account that changed from EUR to KZT in the middle of the month. */
async function changed(): Promise<Holder> {
  const holder = await addHolder(test.app.ctx.db.staff);
  const lead = (count: string, value: string) => ({ purchase: action(count, value) });
  await replace(test.app.ctx.db.staff, {
    ...{ holder, window: RANGE, readAt: new Date('2026-11-01T00:00:00Z') },
    rows: [
      adRow({ date: '2026-10-14', spend: '10', impressions: '1000', clicks: '4', actions: lead('2', '40') }),
      adRow({
        date: '2026-10-15',
        spend: '1000',
        currency: 'KZT',
        impressions: '3000',
        clicks: '6',
        actions: lead('1', '500'),
      }),
      // Nothing was delivered in it: no currency of these totals.
      adRow({
        date: '2026-10-16',
        currency: 'USD',
        spend: '0',
        impressions: '0',
        clicks: '0',
        linkClicks: '0',
      }),
    ],
  });
  return holder;
}

const variables = ({ clientId }: Holder) => ({ clientId: encodeNodeId('Client', clientId), range: RANGE });

describe('a range in several currencies', () => {
  it('adds up what is no money, and lists every currency apart', async () => {
    const { totals } = await test.client().request(EachCurrency, variables(await changed()));
    const goal = (count: string, amount: string, currency: string) => [
      { name: 'purchase', count, value: { amount, currency } },
    ];
    expect(totals).toEqual({
      ...{ impressions: 4000, clicks: 10, conversions: '3', ctr: '0.25', spendInReportingCurrency: null },
      byCurrency: [
        {
          ...{ currency: 'EUR', spend: { amount: '10', currency: 'EUR' }, impressions: 1000, clicks: 4 },
          ...{ conversions: '2', conversionValue: { amount: '40' }, ctr: '0.4', roas: '4' },
          ...{ cpc: { amount: '2.5', currency: 'EUR' }, cpm: { amount: '10' }, cpa: { amount: '5' } },
          goals: goal('2', '40', 'EUR'),
        },
        {
          ...{ currency: 'KZT', spend: { amount: '1000', currency: 'KZT' }, impressions: 3000, clicks: 6 },
          ...{ conversions: '1', conversionValue: { amount: '500' }, ctr: '0.2', roas: '0.5' },
          ...{ cpc: { amount: '166.666667', currency: 'KZT' }, cpm: { amount: '333.333333' } },
          ...{ cpa: { amount: '1000' }, goals: goal('1', '500', 'KZT') },
        },
      ],
    });
  });

  it('has no sum of money, and says where each is', async () => {
    const asked = test.client().request(MoneyOfAll, variables(await changed()));
    await expect(asked).rejects.toThrow(/EUR, KZT.*byCurrency/);
    const ratios = test.client().request(RatiosOfAll, variables(await changed()));
    await expect(ratios).rejects.toMatchObject({
      response: {
        data: { totals: { clicks: 10, cpc: null, byCurrency: [{ currency: 'EUR' }, { currency: 'KZT' }] } },
        errors: [{ path: ['totals', 'cpc'], extensions: { code: 'CONFLICT' } }],
      },
    });
  });

  it('reads the goals of all currencies once', async () => {
    const asked = variables(await changed());
    test.takeQueries();
    await test.client().request(EachCurrency, asked);
    expect(test.takeQueries().filter((query) => query.includes('totals.clientGoals'))).toHaveLength(1);
  });
});

it('nothing delivered is zero in the client\u2019s currency, and no currency of its own', async () => {
  const holder = await addHolder(test.app.ctx.db.staff);
  const none = { spend: '0', impressions: '0', clicks: '0', linkClicks: '0', currency: 'KZT' };
  await replace(test.app.ctx.db.staff, {
    ...{ holder, window: RANGE, readAt: new Date('2026-11-01T00:00:00Z') },
    rows: [adRow({ date: '2026-10-14', ...none })],
  });
  const { totals } = await test.client().request(MoneyOfAll, variables(holder));
  expect(totals.spend).toEqual({ amount: '0', currency: 'EUR' });
  expect((await test.client().request(EachCurrency, variables(holder))).totals.byCurrency).toEqual([]);
});
