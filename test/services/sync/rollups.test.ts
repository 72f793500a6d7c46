import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { action, addAccount, addClient, adRow, campaignRow, replace, rowsOf } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const SUMS = `sum(spend)::float8 AS spend, sum(impressions)::int AS impressions, sum(clicks)::int AS clicks, sum(link_clicks)::int AS link_clicks,
  sum(conversions)::float8 AS conversions, sum(conversion_value)::float8 AS value`;
const goal = (name: string, side: string) =>
  `coalesce(sum((goals #>> '{${name},${side}}')::numeric), 0)::float8 AS ${name}_${side}`;
const GOAL_SUMS = ['purchase', 'lead']
  .flatMap((name) => [goal(name, 'count'), goal(name, 'value')])
  .join(', ');

/** The same figures, once from the facts and once as the rollup has them. */
async function bothWays(clientId: string, by: string, rollup: string): Promise<[unknown, unknown]> {
  const figures = (table: string) =>
    rowsOf(
      database.db,
      `SELECT ${by}, ${SUMS}, ${GOAL_SUMS} FROM ${table} WHERE client_id = $1 GROUP BY ${by} ORDER BY ${by}`,
      [clientId],
    );
  const [facts, rolled] = [await figures('ad_insights'), await figures(rollup)];
  const [{ count } = {}] = await rowsOf(
    database.db,
    `SELECT count(*)::int FROM ${rollup} WHERE client_id = $1`,
    [clientId],
  );
  expect(count).toBe(rolled.length);
  return [rolled, facts];
}

const count = fc.constantFrom('0', '1', '2');
const amounts = fc
  .record({ count, value: fc.constantFrom('0', '1.25', '3') })
  .map(({ count: n, value }) => action(n, value));
const measures = {
  date: fc.constantFrom('2026-11-19', '2026-11-20'),
  campaignExternalId: fc.constantFrom('c1', 'c2'),
  spend: fc.constantFrom('0', '0.50', '1.25'),
  clicks: count,
  currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'KZT'),
  actions: fc.dictionary(fc.constantFrom('omni_purchase', 'purchase', 'lead'), amounts, { maxKeys: 3 }),
};
const rows = fc.array(
  fc.oneof(
    fc.record({ ...measures, adExternalId: fc.constantFrom('a1', 'a2') }).map((changes) => adRow(changes)),
    fc.record(measures).map((changes) => campaignRow(changes)),
  ),
  { maxLength: 8 },
);
const windows = fc.constantFrom(
  { from: '2026-11-19', to: '2026-11-20' },
  { from: '2026-11-20', to: '2026-11-20' },
);
const steps = fc.array(fc.record({ account: fc.constantFrom(0, 1), rows, window: windows }), {
  minLength: 1,
  maxLength: 6,
});

test('after any replacements the rollups equal the facts, and revisions lead from the first figures to the last', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const clientId = await addClient(database.db);
      const accounts = [await addAccount(database.db, clientId), await addAccount(database.db, clientId)];
      for (const step of list) {
        const within = step.rows.filter((row) => row.date >= step.window.from);
        await replace(database.db, {
          holder: { clientId, accountId: accounts[step.account] ?? '' },
          rows: within,
          window: step.window,
        });
        await expectConsistent(clientId);
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);

async function expectConsistent(clientId: string): Promise<void> {
  const [campaignDays, campaignFacts] = await bothWays(
    clientId,
    'account_id, date, campaign_external_id, currency',
    'campaign_days',
  );
  expect(campaignDays).toEqual(campaignFacts);
  const [clientDays, clientFacts] = await bothWays(clientId, 'date, currency', 'client_days');
  expect(clientDays).toEqual(clientFacts);
  const slices = await rowsOf(
    database.db,
    `SELECT slices.date FROM slices LEFT JOIN ad_insights USING (client_id, account_id, date) WHERE slices.client_id = $1
     GROUP BY slices.account_id, slices.date, slices.rows HAVING slices.rows <> count(ad_insights.date)`,
    [clientId],
  );
  expect(slices).toEqual([]);
}
