import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { transaction } from '../../../src/db/client.ts';
import { WindowFacts } from '../../../src/services/sync/insights.ts';
import { replaceSlices } from '../../../src/services/sync/replace.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import {
  addAccount,
  addClient,
  addHolder,
  adRow,
  campaignRow,
  GOALS,
  NOW,
  replace,
  REVISIONS,
  rowsOf,
  WHEN_WRITTEN,
  WORLD,
} from './support.ts';
import type { Holder } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('another client with the same external ids is not touched', async () => {
  const mine = await addHolder(database.db, { externalId: 'act_1' });
  const theirs = await addHolder(database.db, { externalId: 'act_1' });
  await replace(database.db, { holder: theirs, rows: WORLD });
  await replace(database.db, { holder: mine, rows: WORLD });
  const before = await rowsOf(database.db, WHEN_WRITTEN, [theirs.clientId]);
  await replace(database.db, { holder: mine, rows: [adRow({ spend: '9' })] });
  await replace(database.db, { holder: mine, rows: [] });
  expect(await rowsOf(database.db, WHEN_WRITTEN, [theirs.clientId])).toEqual(before);
  expect(await rowsOf(database.db, REVISIONS, [theirs.clientId])).toEqual([]);
});

test('an account of the same client on another platform stays out of the rollup', async () => {
  const holder = await addHolder(database.db);
  const other = await addAccount(database.db, holder.clientId, { platform: 'GOOGLE' });
  await database.db.pool.query(
    `INSERT INTO campaign_days (client_id, date, account_id, campaign_external_id, currency, spend, impressions, clicks, link_clicks, conversions, conversion_value, goals)
     VALUES ($1, '2026-11-20', $2, 'g', 'EUR', 100, 1, 1, 1, 0, 0, '{}')`,
    [holder.clientId, other],
  );
  await replace(database.db, { holder, rows: [adRow({ spend: '3' })] });
  expect(
    await rowsOf(database.db, 'SELECT platform, spend::text FROM client_days WHERE client_id = $1', [
      holder.clientId,
    ]),
  ).toEqual([{ platform: 'META', spend: '3' }]);
});

test('more rows than one statement takes, with two windows in one transaction', async () => {
  const holder = await addHolder(database.db);
  const rows = Array.from({ length: 5_001 }, (_, at) =>
    adRow({ adExternalId: `a${String(at)}`, spend: '1' }),
  );
  const facts = new WindowFacts(GOALS);
  for (const row of rows) facts.add(row);
  const into = {
    ...holder,
    platform: 'META',
    timezone: 'UTC',
    restatementDays: 28,
    runId: randomUUID(),
    readAt: NOW,
  };
  const days = { from: '2026-11-14', to: '2026-11-20' };
  for (const round of [1, 2]) {
    await transaction(database.db.pool, async (sql) => {
      expect(await replaceSlices(sql, { ...into, window: days }, facts.facts())).toBe(5_001);
      expect(
        await replaceSlices(sql, { ...into, window: { from: '2026-11-13', to: '2026-11-13' } }, []),
      ).toBe(0);
    });
    const sums = await rowsOf(
      database.db,
      'SELECT spend::text, impressions FROM client_days WHERE client_id = $1',
      [holder.clientId],
    );
    expect(sums, `round ${String(round)}`).toEqual([{ spend: '5001', impressions: '500100' }]);
  }
});

test('two accounts of one client synced at the same time: neither loses its share of the client day', async () => {
  const clientId = await addClient(database.db);
  const holders: Holder[] = [];
  for (let at = 0; at < 4; at++)
    holders.push({ clientId, accountId: await addAccount(database.db, clientId) });
  for (let round = 1; round <= 8; round++) {
    const rows = [adRow({ spend: String(round) })];
    await Promise.all(holders.map((holder) => replace(database.db, { holder, rows })));
    const sums = await rowsOf(database.db, 'SELECT spend::text FROM client_days WHERE client_id = $1', [
      clientId,
    ]);
    expect(sums).toEqual([{ spend: String(round * holders.length) }]);
  }
});

test('two tasks of one account at the same time: one after the other, the last one stands', async () => {
  const holder = await addHolder(database.db);
  const worlds = [1, 2, 3, 4].map((world) => [
    adRow({ adExternalId: `a${String(world)}` }),
    adRow({ adExternalId: 'all', spend: String(world) }),
  ]);
  for (let round = 0; round < 5; round++) {
    await Promise.all(worlds.map((rows) => replace(database.db, { holder, rows })));
    const facts = await rowsOf(
      database.db,
      'SELECT ad_external_id AS ad, spend::text FROM ad_insights WHERE client_id = $1 ORDER BY 1',
      [holder.clientId],
    );
    expect(facts).toHaveLength(2);
    expect(facts[0]?.['ad']).toBe(`a${String(facts[1]?.['spend'])}`);
  }
});

test('a goal that comes out even is not in the rollups', async () => {
  const holder = await addHolder(database.db);
  const rows = [adRow({ actions: { lead: { count: '2', value: '3' } } }), campaignRow({ actions: {} })];
  expect(await replace(database.db, { holder, rows })).toBe(2);
  for (const table of ['campaign_days', 'client_days']) {
    const found = await rowsOf(database.db, `SELECT goals FROM ${table} WHERE client_id = $1`, [
      holder.clientId,
    ]);
    expect(found).toEqual([{ goals: {} }]);
  }
});
