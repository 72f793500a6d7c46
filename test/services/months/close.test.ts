import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseMonth } from '../../../src/services/months/content.ts';
import { reopenMonth } from '../../../src/services/months/reopen.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { addAccount, addClient, addHolder, rowsOf } from '../sync/support.ts';
import { close, monthScene, monthsOf, settle } from './scene.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const MATURE = new Date('2026-11-20T10:00:00Z');
const YOUNG = new Date('2026-10-01T02:00:00Z');

describe('a close', () => {
  test('saves a month that is not there, and skips it before any question once it is FINAL', async () => {
    const scene = monthScene(database.db, MATURE);
    const { clientId } = await addHolder(database.db);
    const first = await close(scene, { month: '2026-09', clientId });
    expect(first).toMatchObject({
      status: 'SUCCEEDED',
      outcomes: ['SUCCEEDED SAVED: FINAL RICH, 2 campaigns'],
    });
    const [month] = await monthsOf(database.db, clientId);
    expect(month).toMatchObject({
      state: 'FINAL',
      quality: 'RICH',
      reason: null,
      campaigns: 2,
      revisions: 1,
    });
    const content = parseMonth(month?.content ?? '');
    expect(content.campaigns[0]).toMatchObject({
      ...{ campaign: 'c1', name: 'Campaign one', spend: '45', impressions: '3000', conversions: '60' },
      goals: { purchase: { count: '60', value: '915' } },
    });
    expect(content.accounts).toMatchObject([{ timezone: 'UTC', days: 30, daysPresent: 30 }]);
    scene.asked.length = 0;
    const again = await close(scene, { month: '2026-09', clientId });
    expect(again).toMatchObject({ status: 'SKIPPED' });
    expect(again.outcomes[0]).toMatch(/^SKIPPED SKIPPED: FINAL since 2026-11-20/);
    expect(scene.asked).toEqual([]);
    expect(await monthsOf(database.db, clientId)).toEqual([month]);
  });

  test('is PROVISIONAL while the month can change, and FINAL when it is settled', async () => {
    const scene = monthScene(database.db, YOUNG);
    const { clientId } = await addHolder(database.db);
    const first = await close(scene, { month: '2026-09', clientId });
    expect(first.outcomes).toEqual(['SUCCEEDED SAVED: PROVISIONAL RICH, 2 campaigns']);
    scene.setNow(new Date('2026-10-28T05:10:00Z'));
    scene.day = { spend: '2', purchases: '3' };
    expect((await settle(scene, clientId)).outcomes).toEqual([
      'SUCCEEDED UPDATED: PROVISIONAL RICH, 2 campaigns',
    ]);
    scene.setNow(new Date('2026-10-28T09:10:00Z'));
    scene.asked.length = 0;
    await settle(scene, clientId);
    expect(scene.asked).toEqual([]);
    scene.setNow(new Date('2026-10-29T05:10:00Z'));
    expect((await settle(scene, clientId)).outcomes).toEqual(['SUCCEEDED UPDATED: FINAL RICH, 2 campaigns']);
    const [month] = await monthsOf(database.db, clientId);
    // The same content as PROVISIONAL and as FINAL.
    expect(month).toMatchObject({ state: 'FINAL', revisions: 3 });
    const hashes = await rowsOf(
      database.db,
      'SELECT count(DISTINCT content_hash)::int AS n FROM month_revisions WHERE month_id = $1',
      [month?.id],
    );
    expect(hashes).toEqual([{ n: 2 }]);
  });

  test('never puts poor over rich, unless forced, and puts rich over poor', async () => {
    const scene = monthScene(database.db, YOUNG);
    const { clientId } = await addHolder(database.db);
    await close(scene, { month: '2026-09', clientId });
    const [rich] = await monthsOf(database.db, clientId);
    await addAccount(database.db, clientId, { externalId: 'act_dead' });
    scene.dead.add('act_dead');
    const poor = await close(scene, { month: '2026-09', clientId });
    expect(poor.outcomes[0]).toMatch(
      /^FAILED REAUTHORIZE act_dead: figures could not be read: The token expired/,
    );
    expect(await monthsOf(database.db, clientId)).toEqual([rich]);
    await close(scene, { month: '2026-09', clientId, force: true });
    expect(await monthsOf(database.db, clientId)).toMatchObject([
      {
        quality: 'POOR',
        reason: expect.stringMatching(/^coverage: act_dead: 30 of 30 .*REAUTHORIZE/) as string,
      },
    ]);
    scene.dead.clear();
    const mended = await close(scene, { month: '2026-09', clientId });
    expect(mended.outcomes).toEqual(['SUCCEEDED UPDATED: PROVISIONAL RICH, 4 campaigns']);
  });

  test('knows a month without delivery from one that nobody read', async () => {
    const scene = monthScene(database.db, MATURE);
    const quiet = await addHolder(database.db);
    scene.day = null;
    expect((await close(scene, { month: '2026-09', ...quiet })).outcomes[0]).toMatch(
      /SAVED: FINAL NOT_EXPECTED/,
    );
    const unread = await addHolder(database.db, { externalId: 'act_unread' });
    scene.dead.add('act_unread');
    await close(scene, { month: '2026-09', clientId: unread.clientId });
    expect(await monthsOf(database.db, unread.clientId)).toMatchObject([
      {
        state: 'OPEN',
        quality: 'MISSING',
        reason: expect.stringMatching(/REAUTHORIZE: The token expired/) as string,
        content: null,
        campaigns: 0,
      },
    ]);
  });

  test('is only told of when it is a dry run', async () => {
    const scene = monthScene(database.db, MATURE);
    const { clientId } = await addHolder(database.db, { externalId: 'act_dry' });
    const told = await close(scene, { month: '2026-09', clientId, dryRun: true });
    expect(told.outcomes).toEqual([
      'SUCCEEDED DRY_RUN: would read 30 days of act_dry and save the month; stored now: nothing',
    ]);
    expect(scene.asked).toEqual([]);
    expect(await monthsOf(database.db, clientId)).toEqual([]);
    const [run] = await rowsOf(database.db, 'SELECT parameters FROM runs WHERE id = $1', [told.runId]);
    expect(run?.['parameters']).toMatchObject({ dryRun: true, month: '2026-09' });
  });
});

test('accounts in Honolulu, Almaty and Kiritimati each close on their own first', async () => {
  const zones = ['Pacific/Honolulu', 'Asia/Almaty', 'Pacific/Kiritimati'];
  const scene = monthScene(database.db, YOUNG);
  const clients: string[] = [];
  for (const timezone of zones) clients.push((await addHolder(database.db, { timezone })).clientId);
  const closed = async () => {
    const found = await Promise.all(clients.map((clientId) => monthsOf(database.db, clientId)));
    return found.map((months) => months.length);
  };
  const outcomes: string[] = [];
  scene.setNow(new Date('2026-11-01T02:00:00Z'));
  for (const clientId of clients) {
    outcomes.push(...(await close(scene, { month: '2026-10', clientId })).outcomes);
  }
  expect(outcomes[0]).toMatch(/^SKIPPED SKIPPED: 2026-10 is not over yet for act_.* \(Pacific\/Honolulu\)/);
  expect(await closed()).toEqual([0, 1, 1]);
  scene.setNow(new Date('2026-11-02T05:10:00Z'));
  await settle(scene, clients[0]);
  expect(await closed()).toEqual([1, 1, 1]);
});

test('after FINAL a rename and a late conversion change no byte, and the adjustment names the cause once', async () => {
  const scene = monthScene(database.db, MATURE);
  const { clientId } = await addHolder(database.db);
  await close(scene, { month: '2026-09', clientId });
  const [before] = await monthsOf(database.db, clientId);
  scene.names.c1 = 'Renamed';
  scene.setNow(new Date('2026-11-21T10:00:00Z'));
  await close(scene, { month: '2026-09', clientId, force: true });
  const adjustments = () =>
    rowsOf(
      database.db,
      `SELECT cause, campaign_external_id AS campaign, metric, old::text, new::text FROM month_adjustments
       WHERE client_id = $1 AND campaign_external_id = 'c1' ORDER BY id`,
      [clientId],
    );
  expect(await adjustments()).toEqual([]);
  scene.day = { spend: '1.50', purchases: '3' };
  scene.setNow(new Date('2026-11-22T10:00:00Z'));
  const told = await close(scene, { month: '2026-09', clientId, force: true });
  expect(told.outcomes[0]).toMatch(/^SUCCEEDED UPDATED: FINAL stays; 4 differences were noted/);
  await settle(scene, clientId);
  expect(await adjustments()).toEqual([
    { cause: 'LATE_CONVERSIONS', campaign: 'c1', metric: 'conversions', old: '60', new: '90' },
    { cause: 'LATE_CONVERSIONS', campaign: 'c1', metric: 'goal:purchase', old: '60', new: '90' },
  ]);
  const [named] = await rowsOf(
    database.db,
    `SELECT name FROM ad_campaigns WHERE client_id = $1 AND external_id = 'c1'`,
    [clientId],
  );
  expect(named).toEqual({ name: 'Renamed' });
  expect((await monthsOf(database.db, clientId))[0]).toEqual(before);
});

test('a month that was reopened is captured anew, its old bytes are kept, and later months are marked', async () => {
  const scene = monthScene(database.db, MATURE);
  const { clientId } = await addHolder(database.db);
  for (const month of ['2026-08', '2026-09']) await close(scene, { month, clientId });
  const [august] = await monthsOf(database.db, clientId);
  await reopenMonth(scene.ctx, { id: august?.id ?? '', reason: 'the agency fee was wrong' });
  await expect(reopenMonth(scene.ctx, { id: august?.id ?? '', reason: 'again' })).rejects.toThrow('REOPENED');
  const marks = await rowsOf(
    database.db,
    'SELECT month, state, earlier_reopened_at IS NOT NULL AS marked FROM months WHERE client_id = $1 ORDER BY month',
    [clientId],
  );
  expect(marks).toEqual([
    { month: '2026-08', state: 'REOPENED', marked: false },
    { month: '2026-09', state: 'FINAL', marked: true },
  ]);
  scene.names.c1 = 'Renamed';
  await close(scene, { month: '2026-08', clientId, force: true });
  const [again] = await monthsOf(database.db, clientId);
  expect(again).toMatchObject({ state: 'FINAL', revisions: 3 });
  expect(again?.hash).not.toBe(august?.hash);
  const kept = await rowsOf(
    database.db,
    'SELECT content FROM month_revisions WHERE month_id = $1 AND revision < 3',
    [august?.id],
  );
  expect(kept).toEqual([{ content: august?.content }, { content: august?.content }]);
});

test('two accounts of a client are read whole, each for itself', async () => {
  const scene = monthScene(database.db, MATURE);
  const clientId = await addClient(database.db);
  for (const externalId of ['act_a', 'act_b']) await addAccount(database.db, clientId, { externalId });
  const closed = await close(scene, { month: '2026-09', clientId });
  expect(closed.outcomes).toEqual(['SUCCEEDED SAVED: FINAL RICH, 4 campaigns']);
  expect(new Set(scene.asked)).toEqual(new Set(['act_a', 'act_b']));
  expect(await rowsOf(database.db, 'SELECT * FROM sync_pages WHERE client_id = $1', [clientId])).toEqual([]);
});
