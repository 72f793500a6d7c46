import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient } from '../../src/services/clients/create.ts';
import { connectAccount } from '../../src/services/accounts/connect.ts';
import { triggerSync } from '../../src/services/sync/trigger.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { waitFor } from '../support/waitFor.ts';
import { spoil } from './support/fuzz.ts';
import { seeded } from './support/random.ts';

const SEED = Number(process.env['TRIBUTARY_TEST_SEED'] ?? '20261120');
const ACCOUNT = 'act_3000000007';
/** 250 ads × 200 days. */
const RANGE = { from: '2026-04-01', to: '2026-10-17' };

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    sandbox: { accounts: [{ externalId: ACCOUNT, campaigns: 5, adSetsPerCampaign: 5, adsPerAdSet: 10 }] },
  });
});
afterAll(() => app.stop());

it(`50,000 spoilt insight rows: each is stored or kept out and counted, and nothing non-finite is stored (seed ${String(SEED)})`, async () => {
  const random = seeded(SEED);
  let served = 0;
  app.sandbox.meta.faults.add({
    match: { path: /insights$/, query: { level: 'ad' } },
    times: Infinity,
    reply: {
      kind: 'rewrite',
      rewrite: (json) => {
        if (typeof json !== 'object' || json === null || !('data' in json) || !Array.isArray(json['data'])) {
          return json;
        }
        served += json['data'].length;
        return { ...json, data: json['data'].map((row) => spoil(row, random)) };
      },
    },
  });
  const client = await createClient(app.system, { name: 'Fuzz', timezone: 'UTC', currency: 'USD' });
  await connectAccount(app.system, {
    clientId: client.id,
    platform: 'META',
    externalId: ACCOUNT,
    token: 'sandbox-1',
  });
  const { runId } = await triggerSync(app.system, { clientId: client.id, range: RANGE });
  const run = await waitFor(
    async () => {
      const found = await app.system.db.prisma.run.findFirst({
        where: { id: runId },
        include: { logs: true },
      });
      return found && !['QUEUED', 'RUNNING'].includes(found.status) ? found : null;
    },
    { within: 120_000, what: 'the run to end' },
  );
  expect(run).toMatchObject({ status: 'SUCCEEDED', errorReason: null });
  expect(served).toBeGreaterThanOrEqual(50_000);

  const told = run.logs.map((line) => line.message).join('\n');
  const keptOut = Number(/(\d+) rows kept out/.exec(told)?.[1] ?? '0');
  const merged = Number(/(\d+) rows came again/.exec(told)?.[1] ?? '0');
  const stored = await count('ad_external_id IS NOT NULL');
  expect(keptOut).toBeGreaterThan(1_000);
  expect(stored + keptOut + merged).toBe(served);
  expect(
    await count(`'NaN' IN (spend, conversions, conversion_value) OR 'Infinity' IN (spend, conversions, conversion_value)
      OR '-Infinity' IN (spend, conversions, conversion_value) OR spend > 1e15
      OR actions::text ~* '"-?(nan|infinity|e[0-9])' OR date NOT BETWEEN '${RANGE.from}' AND '${RANGE.to}'
      OR (ad_external_id IS NOT NULL AND (spend < 0 OR impressions < 0 OR clicks < 0))`),
  ).toBe(0);
}, 180_000);

async function count(condition: string): Promise<number> {
  const { rows } = await app.system.db.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ad_insights WHERE ${condition}`,
  );
  return rows[0]?.count ?? -1;
}
