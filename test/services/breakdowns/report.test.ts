import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BreakdownKind, BreakdownRow } from '../../../src/connectors/ads/breakdowns.ts';
import { ConnectorError } from '../../../src/connectors/errors.ts';
import { countDays, missingReason, toPart } from '../../../src/services/breakdowns/report/judge.ts';
import {
  readCampaignParts,
  readClientParts,
  readDaysPresent,
  readMissingDays,
} from '../../../src/services/breakdowns/report/read.ts';
import { refreshBreakdowns } from '../../../src/services/breakdowns/refresh.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { NOW } from '../sync/support.ts';
import { partRow, scene } from './scene.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const RANGE = { from: '2026-11-18', to: '2026-11-20' };

/** Stores these rows of a kind and tells how to ask for them. */
async function stored(kind: BreakdownKind, rows: BreakdownRow[]) {
  const scened = await scene(database.db);
  const { ctx, platform, holder, begin } = scened;
  platform.breakdowns = [kind];
  platform.serve = ({ range }) => [rows.filter((row) => row.date >= range.from && row.date <= range.to)];
  await refreshBreakdowns(ctx, (await begin({ range: RANGE })).task);
  const asked = { clientId: holder.clientId, accountIds: [holder.accountId], kind, range: RANGE };
  return { ...scened, asked };
}

const ranked = (date: string, quality: string, changes: Partial<BreakdownRow> = {}) =>
  partRow({
    date,
    adExternalId: 'a1',
    segments: { quality_ranking: quality, conversion_rate_ranking: 'UNKNOWN' },
    ...changes,
  });

test('an ad has the rankings of the newest day on which it was ranked, and the figures of all its days', async () => {
  const { ctx, asked } = await stored('RELEVANCE', [
    ranked('2026-11-18', 'AVERAGE'),
    ranked('2026-11-19', 'ABOVE_AVERAGE', { spend: '2' }),
    ranked('2026-11-20', 'UNKNOWN', { spend: '4' }),
    ranked('2026-11-19', 'UNKNOWN', { adExternalId: 'a2', spend: '0.5' }),
  ]);
  const rows = await readClientParts(ctx, asked, 10);
  expect(rows).toMatchObject([
    {
      ad_external_id: 'a1',
      spend: '7.50',
      ranked_on: '2026-11-19',
      segments: { quality_ranking: 'ABOVE_AVERAGE' },
    },
    { ad_external_id: 'a2', spend: '0.5', ranked_on: null, segments: { quality_ranking: 'UNKNOWN' } },
  ]);
});

test('currencies are never added up; a share is of the spend in its own', async () => {
  const man = { segments: { age: '25-34', gender: 'male' } };
  const { ctx, asked } = await stored('DEMOGRAPHICS', [
    partRow({ spend: '1', date: '2026-11-18' }),
    partRow({ ...man, spend: '3', date: '2026-11-18' }),
    partRow({ spend: '900', currency: 'KZT' }),
    partRow({ spend: '1.0', campaignExternalId: 'c2', date: '2026-11-19' }),
    partRow({
      segments: { age: '65+' },
      spend: '0',
      campaignExternalId: 'c2',
      date: '2026-11-19',
      currency: 'PLN',
    }),
  ]);
  const parts = (await readClientParts(ctx, asked, 10)).map(toPart);
  expect(
    parts.map(({ spend, shareOfSpend, impressions }) => [
      spend.currency,
      String(spend.amount),
      shareOfSpend && String(shareOfSpend),
      String(impressions),
    ]),
  ).toEqual([
    ['KZT', '900', '1', '100'],
    ['EUR', '3', '0.6', '100'],
    ['EUR', '2', '0.4', '200'],
    ['PLN', '0', null, '100'],
  ]);
});

test('each campaign is a whole of its own, with at most so many parts', async () => {
  const { ctx, asked } = await stored('DEMOGRAPHICS', [
    partRow({ spend: '1' }),
    partRow({ segments: { age: '65+' }, spend: '3' }),
    partRow({ campaignExternalId: 'c2', spend: '5' }),
    partRow({ campaignExternalId: 'c3', spend: '7' }),
  ]);
  const rows = await readCampaignParts(ctx, { ...asked, first: 1 }, ['c1', 'c2']);
  expect(
    rows.map((row) => [row.campaign_external_id, row.spend, row.spend_of_all, row.parts]).toSorted(),
  ).toEqual([
    ['c1', '3', '4', 2],
    ['c2', '5', '5', 1],
  ]);
});

test('what is missing says why', async () => {
  const { ctx, platform, asked, begin, holder } = await stored('DEMOGRAPHICS', []);
  platform.serve = () => {
    throw new ConnectorError('Too many calls.', { failure: 'WAIT' });
  };
  await expect(
    refreshBreakdowns(ctx, (await begin({ range: { from: '2026-11-16', to: '2026-11-18' } })).task),
  ).rejects.toThrow('Too many calls.');
  const account = await ctx.db.prisma.adAccount.findFirstOrThrow({ where: { id: holder.accountId } });
  const range = { from: '2026-11-15', to: '2026-11-21' };
  const missing = await readMissingDays(ctx, { ...asked, range, accounts: [account] }, 10);
  expect(missing.map(({ date, reason }) => `${date} ${reason.split(':')[0] ?? ''}`)).toEqual([
    '2026-11-15 NOT_FETCHED',
    '2026-11-16 WAIT',
    '2026-11-17 WAIT',
    '2026-11-21 FUTURE',
  ]);
  expect(await readMissingDays(ctx, { ...asked, range, accounts: [account] }, 2)).toHaveLength(2);
  expect(await readDaysPresent(ctx, { ...asked, range })).toEqual(new Map([[holder.accountId, 3]]));
});

test('a viewer of another client is told that there is none', async () => {
  const { ctx, asked } = await stored('DEMOGRAPHICS', [partRow()]);
  const stranger = { kind: 'API_KEY', id: 'k', name: 'stranger', role: 'VIEWER', clientIds: [] } as const;
  const theirs = { ...ctx, actor: stranger };
  const reads: (() => Promise<unknown>)[] = [
    () => readClientParts(theirs, asked, 1),
    () => readCampaignParts(theirs, { ...asked, first: 1 }, ['c1']),
    () => readDaysPresent(theirs, asked),
    () => readMissingDays(theirs, { ...asked, accounts: [] }, 1),
  ];
  for (const read of reads) await expect(Promise.resolve().then(read)).rejects.toThrow('No such client');
});

test.each([
  [[], 0, 0, false],
  [[3], 3, 3, true],
  [[3, 2], 6, 5, false],
])('days present %j', (present, daysExpected, daysPresent, complete) => {
  expect(countDays(present, RANGE)).toEqual({ daysExpected, daysPresent, complete });
});

test('the day that has not begun is the account\u2019s own', () => {
  const row = { account_id: 'a', date: '2026-11-21', failure_class: null, failure_reason: null };
  const at = new Date('2026-11-20T12:00:00Z');
  expect(missingReason(row, { now: at, timezone: 'UTC' })).toMatch(/^FUTURE/);
  expect(missingReason(row, { now: at, timezone: 'Pacific/Auckland' })).toMatch(/^NOT_FETCHED/);
  expect(
    missingReason({ ...row, date: '2026-11-20', failure_class: 'FIX' }, { now: NOW, timezone: 'UTC' }),
  ).toBe('FIX: no reason given');
});
