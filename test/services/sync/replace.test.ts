import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import {
  action,
  addHolder,
  adRow,
  campaignRow,
  NOW,
  replace,
  REVISIONS,
  rowsOf,
  WHEN_WRITTEN,
  WORLD,
} from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

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
    ...of('changes', ['conversion_value', '0', '20'], ['conversions', '0', '1'], ['goal:lead', '1', '2']),
    ...of(
      'changes',
      ['goal:purchase', null, '1'],
      ['goal_value:purchase', null, '20'],
      ['reach', '80', null],
    ),
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
