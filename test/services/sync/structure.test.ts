import { afterAll, beforeAll, expect, test } from 'vitest';
import { syncAccount } from '../../../src/services/sync/account.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { scene } from './scene.ts';
import { adRow, campaignRow, rowsOf } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('structure is stored, changed in place, and completed by what insights name', async () => {
  const { ctx, platform, holder, begin, again } = await scene(database.db, 1);
  const campaign = { externalId: 'c1', name: 'Listed', status: 'ACTIVE', objective: 'SALES' };
  platform.structure = {
    campaigns: [
      { ...campaign, name: 'Old name' },
      campaign,
      { ...campaign, externalId: 'c9', name: 'N\0UL' },
    ],
    adSets: [{ externalId: 's1', campaignExternalId: 'c1', name: 'Set', status: 'PAUSED' }],
    ads: [
      { externalId: 'a1', adSetExternalId: 's1', campaignExternalId: 'c1', name: 'Ad', status: 'ACTIVE' },
    ],
  };
  platform.serve = ({ to }) => [
    adRow({ date: to }),
    adRow({
      date: to,
      adExternalId: 'gone',
      adName: 'Gone ad',
      adSetExternalId: 's2',
      adSetName: null,
      campaignExternalId: 'c2',
    }),
    campaignRow({ date: to, campaignExternalId: 'c3', campaignName: 'Only campaign' }),
  ];
  await syncAccount(ctx, await begin());
  const stored = (table: string, columns: string) =>
    rowsOf(
      database.db,
      `SELECT external_id AS id, name, status, ${columns} FROM ${table} WHERE account_id = $1 ORDER BY 1`,
      [holder.accountId],
    );
  expect(await stored('ad_campaigns', 'objective')).toEqual([
    { id: 'c1', name: 'Listed', status: 'ACTIVE', objective: 'SALES' },
    { id: 'c2', name: 'Campaign one', status: 'UNKNOWN', objective: null },
    { id: 'c3', name: 'Only campaign', status: 'UNKNOWN', objective: null },
    { id: 'c9', name: 'N\uFFFDUL', status: 'ACTIVE', objective: 'SALES' },
  ]);
  expect(await stored('ad_sets', 'campaign_external_id AS campaign')).toEqual([
    { id: 's1', name: 'Set', status: 'PAUSED', campaign: 'c1' },
    { id: 's2', name: 's2', status: 'UNKNOWN', campaign: 'c2' },
  ]);
  expect(await stored('ads', 'ad_set_external_id AS set')).toEqual([
    { id: 'a1', name: 'Ad', status: 'ACTIVE', set: 's1' },
    { id: 'gone', name: 'Gone ad', status: 'UNKNOWN', set: 's2' },
  ]);

  const written = `SELECT external_id AS id, ctid::text, xmin::text, xmax::text FROM ad_campaigns WHERE account_id = $1 AND external_id <> 'c2' ORDER BY 1`;
  const before = await rowsOf(database.db, written, [holder.accountId]);
  await again();
  platform.structure.campaigns.push({
    externalId: 'c2',
    name: 'Found again',
    status: 'PAUSED',
    objective: null,
  });
  await syncAccount(ctx, await begin());
  expect(await rowsOf(database.db, written, [holder.accountId])).toEqual(before);
  expect((await stored('ad_campaigns', 'objective'))[1]).toMatchObject({
    name: 'Found again',
    status: 'PAUSED',
  });
});
