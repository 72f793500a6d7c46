import { afterAll, beforeAll, expect, it } from 'vitest';
import { addDays, daysOf } from '../../src/lib/days.ts';
import { createClient } from '../../src/services/clients/create.ts';
import { connectAccount } from '../../src/services/accounts/connect.ts';
import { triggerSync } from '../../src/services/sync/trigger.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { waitFor } from '../support/waitFor.ts';

const ACCOUNT = 'act_3000000009';
const FIRST = '2026-09-01';
const DAYS = 36;

let app: TestApp;
let clientId: string;
beforeAll(async () => {
  app = await startTestApp({
    sandbox: { accounts: [{ externalId: ACCOUNT, campaigns: 3, adSetsPerCampaign: 1, adsPerAdSet: 2 }] },
  });
  const client = await createClient(app.system, { name: 'Restated', timezone: 'UTC', currency: 'USD' });
  clientId = client.id;
  await connectAccount(app.system, {
    clientId,
    platform: 'META',
    externalId: ACCOUNT,
    token: 'sandbox-1',
  });
});
afterAll(() => app.stop());

it('days that the platform restates for 28 days converge to its figures, and every change is kept', async () => {
  let last = '';
  for (let age = 0; age < DAYS; age++) {
    const today = addDays(FIRST, age);
    app.sandbox.meta.setNow(new Date(`${today}T23:30:00Z`));
    await sync({ from: FIRST, to: today });
    const stored = await conversionsByDay();
    expect(stored).toEqual(served(today));
    last = stored[FIRST] ?? '';
  }
  // The first day is older than 28 days now: it will never be anything else.
  const long = new Date('2027-06-01T00:00:00Z');
  expect(last).toBe(truth(FIRST, long));

  const { rows } = await app.system.db.pool.query<{ first: string; changes: string; final: string }>(
    `SELECT sum(conversions)::text AS final,
            (SELECT coalesce(sum(coalesce(new, 0) - coalesce(old, 0)), 0)::text FROM insight_revisions
             WHERE client_id = $1 AND metric = 'conversions' AND date = $2) AS changes,
            $3 AS first
     FROM ad_insights WHERE client_id = $1 AND date = $2`,
    [clientId, FIRST, truth(FIRST, new Date(`${FIRST}T23:30:00Z`))],
  );
  const row = rows[0];
  // What the first read said, and every change since, is what stands there now.
  expect(Number(row?.first) + Number(row?.changes)).toBe(Number(row?.final));
  expect(Number(row?.changes)).toBeGreaterThan(0);
}, 120_000);

async function sync(range: { from: string; to: string }): Promise<void> {
  const { runId } = await triggerSync(app.system, { clientId, range });
  const run = await waitFor(
    async () => {
      const found = await app.system.db.prisma.run.findFirst({ where: { id: runId } });
      return found && !['QUEUED', 'RUNNING'].includes(found.status) ? found : null;
    },
    { within: 30_000, what: 'the run to end' },
  );
  expect(run).toMatchObject({ status: 'SUCCEEDED', errorReason: null });
}

async function conversionsByDay(): Promise<Record<string, string>> {
  const { rows } = await app.system.db.pool.query<{ date: string; conversions: string }>(
    `SELECT date::text AS date, trim_scale(sum(conversions))::text AS conversions
     FROM campaign_days WHERE client_id = $1 GROUP BY date`,
    [clientId],
  );
  return Object.fromEntries(rows.map((row) => [row.date, row.conversions]));
}

/** What the sandbox served last for each day, by its own ledger. */
function served(today: string): Record<string, string> {
  const days = daysOf({ from: FIRST, to: today }).map((date) => {
    const rows = app.sandbox.meta.ledger.rows({ externalId: ACCOUNT, level: 'campaign', date });
    return [date, String(rows.reduce((sum, row) => sum + purchases(row.actions), 0))] as const;
  });
  return Object.fromEntries(days);
}

function truth(date: string, askedAt: Date): string {
  const rows = app.sandbox.meta.truth({ externalId: ACCOUNT, level: 'campaign', day: date, askedAt });
  return String(rows.reduce((sum, row) => sum + purchases(row.actions), 0));
}

/** The primary goal of a new client: the first of these that is not zero, never their sum. */
function purchases(actions: Readonly<Record<string, { count: string }>>): number {
  for (const type of ['omni_purchase', 'purchase', 'offsite_conversion.fb_pixel_purchase']) {
    const count = Number(actions[type]?.count ?? '0');
    if (count !== 0) return count;
  }
  return 0;
}
