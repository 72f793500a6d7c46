import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { transaction } from '../../../src/db/client.ts';
import { WindowFacts } from '../../../src/services/sync/insights.ts';
import { replaceSlices } from '../../../src/services/sync/replace.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import {
  action,
  addAccount,
  addClient,
  addHolder,
  adRow,
  campaignRow,
  GOALS,
  NOW,
  replace,
  rowsOf,
} from './support.ts';
import type { Holder } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const WHEN_WRITTEN = `SELECT 'ad_insights' AS t, ctid::text AS place, xmin::text AS x, xmax::text AS m FROM ad_insights WHERE client_id = $1
  UNION ALL SELECT 'campaign_days', ctid::text, xmin::text, xmax::text FROM campaign_days WHERE client_id = $1
  UNION ALL SELECT 'client_days', ctid::text, xmin::text, xmax::text FROM client_days WHERE client_id = $1 ORDER BY 1, 2`;

const REVISIONS = `SELECT metric, old::text, new::text, campaign_external_id AS campaign, ad_external_id AS ad
  FROM insight_revisions WHERE client_id = $1 ORDER BY campaign, ad NULLS FIRST, metric`;

const purchases = { omni_purchase: action('2', '30.50'), purchase: action('2', '30.50') };

/** Two ads and a campaign that reports more than both. */
const WORLD = [
  adRow({ adExternalId: 'a1', actions: purchases }),
  adRow({ adExternalId: 'a2', spend: '2.25' }),
  campaignRow({
    spend: '5',
    impressions: '250',
    clicks: '20',
    linkClicks: '10',
    actions: { ...purchases, lead: action('3') },
  }),
];

test('stores ads and the remainder, with goals, and rolls both up', async () => {
  const holder = await addHolder(database.db);
  const runId = randomUUID();
  expect(await replace(database.db, { holder, rows: WORLD, runId })).toBe(3);

  const facts = await rowsOf(
    database.db,
    `SELECT date, ad_set_external_id AS set, ad_external_id AS ad, currency, spend::text, impressions, link_clicks, reach, conversions::text,
            conversion_value::text AS value, goals, actions, run_id FROM ad_insights WHERE client_id = $1 ORDER BY ad NULLS LAST`,
    [holder.clientId],
  );
  const purchase = { count: '2', value: '30.5', action: 'omni_purchase' };
  const stored = { omni_purchase: action('2', '30.5'), purchase: action('2', '30.5') };
  expect(facts).toEqual([
    {
      date: '2026-11-20',
      set: 's1',
      ad: 'a1',
      currency: 'EUR',
      spend: '1.50',
      impressions: '100',
      link_clicks: '5',
      reach: '80',
      conversions: '2',
      value: '30.5',
      goals: { purchase },
      actions: stored,
      run_id: runId,
    },
    {
      date: '2026-11-20',
      set: 's1',
      ad: 'a2',
      currency: 'EUR',
      spend: '2.25',
      impressions: '100',
      link_clicks: '5',
      reach: '80',
      conversions: '0',
      value: '0',
      goals: {},
      actions: {},
      run_id: runId,
    },
    {
      date: '2026-11-20',
      set: null,
      ad: null,
      currency: 'EUR',
      spend: '1.25',
      impressions: '50',
      link_clicks: '0',
      reach: null,
      conversions: '0',
      value: '0',
      goals: { lead: { count: '3', value: '0', action: 'lead' } },
      actions: { lead: action('3') },
      run_id: runId,
    },
  ]);
  const sums = {
    spend: '5.00',
    impressions: '250',
    clicks: '20',
    link_clicks: '10',
    conversions: '2',
    conversion_value: '30.5',
    goals: { lead: action('3'), purchase: action('2', '30.5') },
  };
  const columns =
    'spend::text, impressions, clicks, link_clicks, conversions::text, conversion_value::text, goals';
  expect(
    await rowsOf(
      database.db,
      `SELECT campaign_external_id AS campaign, currency, ${columns} FROM campaign_days WHERE client_id = $1`,
      [holder.clientId],
    ),
  ).toEqual([{ campaign: 'c1', currency: 'EUR', ...sums }]);
  expect(
    await rowsOf(database.db, `SELECT platform, currency, ${columns} FROM client_days WHERE client_id = $1`, [
      holder.clientId,
    ]),
  ).toEqual([{ platform: 'META', currency: 'EUR', ...sums }]);
});

test('a first read restates nothing; reading the same again writes no fact, no rollup and no revision', async () => {
  const holder = await addHolder(database.db);
  await replace(database.db, { holder, rows: WORLD });
  const before = await rowsOf(database.db, WHEN_WRITTEN, [holder.clientId]);
  expect(before).toHaveLength(5);
  const later = new Date(NOW.getTime() + 60_000);
  const runId = randomUUID();
  await replace(database.db, { holder, rows: [...WORLD].reverse(), runId, readAt: later });

  expect(await rowsOf(database.db, WHEN_WRITTEN, [holder.clientId])).toEqual(before);
  expect(await rowsOf(database.db, REVISIONS, [holder.clientId])).toEqual([]);
  const slices = await rowsOf(
    database.db,
    'SELECT DISTINCT run_id, fetched_at, first_fetched_at FROM slices WHERE client_id = $1',
    [holder.clientId],
  );
  expect(slices).toEqual([{ run_id: runId, fetched_at: later, first_fetched_at: NOW }]);
});

test('the same number written differently is not a change', async () => {
  const holder = await addHolder(database.db);
  await replace(database.db, {
    holder,
    rows: [adRow({ spend: '1.5', actions: { lead: action('2', '7.10') } })],
  });
  const before = await rowsOf(database.db, WHEN_WRITTEN, [holder.clientId]);
  await replace(database.db, {
    holder,
    rows: [adRow({ spend: '1.500', actions: { lead: action('2.0', '7.1') } })],
  });
  expect(await rowsOf(database.db, WHEN_WRITTEN, [holder.clientId])).toEqual(before);
});

test('changes, vanished and new rows become revisions, metric by metric, and unchanged rows stay where they are', async () => {
  const holder = await addHolder(database.db);
  const still = adRow({ adExternalId: 'still' });
  const changing = adRow({ adExternalId: 'changes', actions: { lead: action('1', '5'), like: action('9') } });
  await replace(database.db, {
    holder,
    rows: [still, changing, adRow({ adExternalId: 'goes', reach: null })],
  });
  const place = `SELECT ctid::text, xmin::text, xmax::text FROM ad_insights WHERE client_id = $1 AND ad_external_id = 'still'`;
  const before = await rowsOf(database.db, place, [holder.clientId]);

  const runId = randomUUID();
  const changed = {
    ...changing,
    spend: '1.75',
    reach: null,
    actions: { lead: action('2', '5'), omni_purchase: action('1', '20') },
  };
  await replace(database.db, {
    holder,
    rows: [still, changed, adRow({ adExternalId: 'comes', spend: '0.10', reach: '7' })],
    runId,
  });

  expect(await rowsOf(database.db, place, [holder.clientId])).toEqual(before);
  const of = (ad: string, ...rows: [metric: string, old: string | null, now: string | null][]) =>
    rows.map(([metric, old, now]) => ({ metric, old, new: now, campaign: 'c1', ad }));
  expect(await rowsOf(database.db, REVISIONS, [holder.clientId])).toEqual([
    ...of(
      'changes',
      ['action:lead', '1', '2'],
      ['action:like', '9', null],
      ['action:omni_purchase', null, '1'],
    ),
    ...of('changes', ['conversion_value', '0', '20'], ['conversions', '0', '1'], ['reach', '80', null]),
    ...of('changes', ['spend', '1.50', '1.75'], ['value:omni_purchase', null, '20']),
    ...of('comes', ['clicks', null, '10'], ['conversion_value', null, '0'], ['conversions', null, '0']),
    ...of(
      'comes',
      ['impressions', null, '100'],
      ['link_clicks', null, '5'],
      ['reach', null, '7'],
      ['spend', null, '0.10'],
    ),
    ...of('goes', ['clicks', '10', null], ['conversion_value', '0', null], ['conversions', '0', null]),
    ...of('goes', ['impressions', '100', null], ['link_clicks', '5', null], ['spend', '1.50', null]),
  ]);
  const marks = await rowsOf(
    database.db,
    'SELECT DISTINCT run_id, at, date, account_id FROM insight_revisions WHERE client_id = $1',
    [holder.clientId],
  );
  expect(marks).toEqual([{ run_id: runId, at: NOW, date: '2026-11-20', account_id: holder.accountId }]);
  const facts = await rowsOf(
    database.db,
    'SELECT ad_external_id AS ad, spend::text, run_id = $2 AS moved FROM ad_insights WHERE client_id = $1 ORDER BY 1',
    [holder.clientId, runId],
  );
  expect(facts).toEqual([
    { ad: 'changes', spend: '1.75', moved: true },
    { ad: 'comes', spend: '0.10', moved: true },
    { ad: 'still', spend: '1.50', moved: false },
  ]);
});

test('a day read for the first time restates nothing even when other days of the window had been read', async () => {
  const holder = await addHolder(database.db);
  await replace(database.db, {
    holder,
    rows: [adRow({ date: '2026-11-20' })],
    window: { from: '2026-11-20', to: '2026-11-20' },
  });
  await replace(database.db, {
    holder,
    rows: [adRow({ date: '2026-11-20', clicks: '11' }), adRow({ date: '2026-11-19' })],
  });
  expect(await rowsOf(database.db, REVISIONS, [holder.clientId])).toMatchObject([
    { metric: 'clicks', old: '10', new: '11' },
  ]);
});

test('a day on which only attempts had failed is read for the first time', async () => {
  const holder = await addHolder(database.db);
  await database.db.pool.query(
    `INSERT INTO slices (client_id, account_id, date, status, run_id, attempted_at, failure_class) VALUES ($1, $2, '2026-11-19', 'FAILED', $3, $4, 'WAIT')`,
    [holder.clientId, holder.accountId, randomUUID(), NOW],
  );
  await replace(database.db, { holder, rows: [], window: { from: '2026-11-20', to: '2026-11-20' } });
  await replace(database.db, { holder, rows: [adRow({ date: '2026-11-19' })] });
  expect(await rowsOf(database.db, REVISIONS, [holder.clientId])).toEqual([]);
  const slice = await rowsOf(
    database.db,
    `SELECT status, failure_class FROM slices WHERE account_id = $1 AND date = '2026-11-19'`,
    [holder.accountId],
  );
  expect(slice).toEqual([{ status: 'OK', failure_class: null }]);
});

test('a campaign that did not change keeps its rollup row when another one of the day changes', async () => {
  const holder = await addHolder(database.db);
  const still = adRow({ campaignExternalId: 'still', currency: 'KZT' });
  await replace(database.db, { holder, rows: [still, adRow()] });
  const places = `SELECT ctid::text, xmin::text, xmax::text FROM campaign_days WHERE client_id = $1 AND currency = 'KZT'
    UNION ALL SELECT ctid::text, xmin::text, xmax::text FROM client_days WHERE client_id = $1 AND currency = 'KZT'`;
  const before = await rowsOf(database.db, places, [holder.clientId]);
  await replace(database.db, { holder, rows: [still, adRow({ clicks: '12' })] });
  expect(await rowsOf(database.db, places, [holder.clientId])).toEqual(before);
  expect(before).toHaveLength(2);
});

test('rows of a day that was read and was empty are restatements', async () => {
  const holder = await addHolder(database.db);
  await replace(database.db, { holder, rows: [] });
  await replace(database.db, { holder, rows: [adRow({ reach: null })] });
  expect(await rowsOf(database.db, REVISIONS, [holder.clientId])).toHaveLength(6);
});

test('everything vanishing empties facts and rollups, and only of the window', async () => {
  const holder = await addHolder(database.db);
  const older = adRow({ date: '2026-11-13' });
  await replace(database.db, { holder, rows: [older], window: { from: '2026-11-13', to: '2026-11-13' } });
  await replace(database.db, { holder, rows: WORLD });
  await replace(database.db, { holder, rows: [] });
  for (const table of ['ad_insights', 'campaign_days', 'client_days']) {
    expect(
      await rowsOf(database.db, `SELECT date FROM ${table} WHERE client_id = $1`, [holder.clientId]),
    ).toEqual([{ date: '2026-11-13' }]);
  }
});

test('every day of the window becomes a slice, also days without rows; old ones are final', async () => {
  const holder = await addHolder(database.db, { timezone: 'Pacific/Kiritimati' });
  const window = { from: '2026-11-14', to: '2026-11-16' };
  // 10:00 UTC on the 20th is the 21st in Kiritimati: the 14th is 7 days old, the 15th 6 days.
  await replace(database.db, {
    holder,
    rows: [adRow({ date: '2026-11-15' }), campaignRow({ date: '2026-11-15', spend: '9' })],
    window,
    restatementDays: 6,
    timezone: 'Pacific/Kiritimati',
  });
  const slices = await rowsOf(
    database.db,
    `SELECT date, status, rows, final, fetched_at, attempted_at, failure_class FROM slices WHERE account_id = $1 ORDER BY date`,
    [holder.accountId],
  );
  const read = { status: 'OK', fetched_at: NOW, attempted_at: NOW, failure_class: null };
  expect(slices).toEqual([
    { date: '2026-11-14', rows: 0, final: true, ...read },
    { date: '2026-11-15', rows: 2, final: false, ...read },
    { date: '2026-11-16', rows: 0, final: false, ...read },
  ]);
});

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
