import { afterAll, beforeAll, expect, it } from 'vitest';
import { sumDecimals } from '../../sandbox/world/money.ts';
import { daysOf } from '../../src/lib/days.ts';
import { createClient } from '../../src/services/clients/create.ts';
import { connectAccount } from '../../src/services/accounts/connect.ts';
import { triggerSync } from '../../src/services/sync/trigger.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { waitFor } from '../support/waitFor.ts';

const ACCOUNT = 'act_3000000008';
/** 1,000 ads × 100 days, and two ads a campaign that no list shows. */
const RANGE = { from: '2026-06-01', to: '2026-09-08' };

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    sandbox: {
      accounts: [
        {
          externalId: ACCOUNT,
          campaigns: 10,
          adSetsPerCampaign: 10,
          adsPerAdSet: 10,
          hiddenAdsPerCampaign: 2,
        },
      ],
    },
  });
});
afterAll(() => app.stop());

it('the spend of 100,000 rows is what the platform served, to the last digit', async () => {
  const client = await createClient(app.system, { name: 'Exact', timezone: 'UTC', currency: 'USD' });
  await connectAccount(app.system, {
    clientId: client.id,
    platform: 'META',
    externalId: ACCOUNT,
    token: 'sandbox-1',
  });
  const { runId } = await triggerSync(app.system, { clientId: client.id, range: RANGE });
  const run = await waitFor(
    async () => {
      const found = await app.system.db.prisma.run.findFirst({ where: { id: runId } });
      return found && !['QUEUED', 'RUNNING'].includes(found.status) ? found : null;
    },
    { within: 120_000, what: 'the run to end' },
  );
  expect(run).toMatchObject({ status: 'SUCCEEDED', errorReason: null });
  const [rows, rollup, total] = await Promise.all([
    sumOf('ad_insights'),
    sumOf('campaign_days'),
    sumOf('client_days'),
  ]);
  const served = sumDecimals(
    daysOf(RANGE).map((day) => app.sandbox.meta.ledger.spend(ACCOUNT, day)),
    2,
  );
  expect(rows.count).toBeGreaterThanOrEqual(100_000);
  expect([rows.spend, rollup.spend, total.spend]).toEqual([served, served, served]);
  expect(Number(served)).toBeGreaterThan(0);
}, 180_000);

async function sumOf(table: string): Promise<{ spend: string; count: number }> {
  const { rows } = await app.system.db.pool.query<{ spend: string; count: number }>(
    `SELECT sum(spend)::numeric(40, 2)::text AS spend, count(*)::int AS count FROM ${table}`,
  );
  return rows[0] ?? { spend: '', count: 0 };
}
