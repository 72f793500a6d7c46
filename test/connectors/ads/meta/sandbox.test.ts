import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FaultReply } from '../../../../sandbox/faults/faults.ts';
import {
  businessLimit,
  BUSINESS_LIMIT_CODES,
  APP_LIMITS,
  REFUSED,
  TOO_MUCH,
  TRANSIENT,
} from '../../../../sandbox/faults/presets.ts';
import type { Json } from '../../../../sandbox/meta/json.ts';
import type { Sandbox } from '../../../../sandbox/index.ts';
import { startSandbox } from '../../../../sandbox/index.ts';
import type { FactRow } from '../../../../sandbox/world/facts.ts';
import type {
  AccountAccess,
  AdPlatform,
  InsightPage,
  InsightRow,
} from '../../../../src/connectors/ads/contract.ts';
import { createMeta } from '../../../../src/connectors/ads/meta/index.ts';
import { addDays, dayOf, daysOf } from '../../../../src/lib/days.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import { metaAccountsOf } from './readingWorld.ts';
import { collect, failureOf, NOW, QUICK, QUICK_PATIENCE, TOKEN } from './graphServer.ts';
import { waitFor } from '../../../support/waitFor.ts';

const ACCOUNT = {
  externalId: 'act_2000000001',
  timezone: 'Asia/Almaty',
  currency: 'KZT',
  campaigns: 3,
  adSetsPerCampaign: 2,
  adsPerAdSet: 4,
  hiddenAdsPerCampaign: 1,
  gaps: 0.1,
  token: TOKEN,
};
const ACCESS: AccountAccess = { externalId: ACCOUNT.externalId, token: new Secret(TOKEN) };
const TODAY = dayOf(NOW, ACCOUNT.timezone);
/** 28 days of 24 ads: two pages. */
const RANGE = { from: addDays(TODAY, -27), to: TODAY };
const DAY = { from: RANGE.from, to: RANGE.from };

let sandbox: Sandbox;
let meta: AdPlatform;

beforeAll(async () => {
  sandbox = await startSandbox({ now: () => NOW, accounts: [ACCOUNT] });
  meta = createMeta({
    graphUrl: sandbox.urls.meta,
    apiVersion: 'v26.0',
    now: () => NOW,
    retries: QUICK,
    timeoutMs: 400,
    patience: QUICK_PATIENCE,
  });
});
afterEach(() => {
  sandbox.meta.faults.clear();
  sandbox.meta.ledger.clear();
});
afterAll(() => sandbox.close());

function fault(reply: FaultReply, match: object = {}, times = Infinity): void {
  sandbox.meta.faults.add({ match: { path: '/insights', ...match }, times, reply });
}

const read = (range = RANGE, access = ACCESS): Promise<InsightPage[]> =>
  collect(meta.readInsights(access, range));
const calls = (): number => sandbox.meta.ledger.requests().length;

function factOf(row: InsightRow): FactRow {
  const { spend, impressions, clicks, linkClicks, reach, actions, date } = row;
  const level = row.level === 'AD' ? 'ad' : 'campaign';
  const ids = { campaignId: row.campaignExternalId, adSetId: row.adSetExternalId, adId: row.adExternalId };
  const id = row.adExternalId ?? row.campaignExternalId;
  return { level, date, id, ...ids, spend, impressions, clicks, linkClicks, reach, actions };
}

const byKey = (rows: FactRow[]): [string, FactRow][] =>
  [...new Map(rows.map((row) => [`${row.level} ${row.date} ${row.id}`, row]))].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );

function truth(range = RANGE): [string, FactRow][] {
  const levels = ['campaign', 'ad'] as const;
  const { externalId } = ACCOUNT;
  return byKey(
    daysOf(range).flatMap((day) => levels.flatMap((level) => sandbox.meta.truth({ externalId, level, day }))),
  );
}

function facts(pages: InsightPage[]): [string, FactRow][] {
  expect(pages.flatMap((page) => page.rejected)).toEqual([]);
  return byKey(pages.flatMap((page) => page.rows.map(factOf)));
}

describe('against the sandbox', () => {
  test('four weeks of insights equal the truth, both levels, in pages', async () => {
    const pages = await read();
    expect(facts(pages)).toEqual(truth());
    expect(truth().length).toBeGreaterThan(600);
    // A report is asked for and then fetched; 600 ad rows are two pages.
    expect(pages.map((page) => page.rows.length > 0)).toEqual([false, true, false, true, true]);
    expect(pages.flatMap((page) => page.rows).length).toBe(truth().length);
  });

  test('the account and its list', async () => {
    const described = await meta.describeAccount(ACCESS);
    expect(described).toMatchObject({
      externalId: 'act_2000000001',
      currency: 'KZT',
      timezone: 'Asia/Almaty',
      status: 'ACTIVE',
    });
    const { accounts: all, unusable } = await meta.listAccounts(ACCESS);
    expect(unusable).toEqual([]);
    expect(all).toContainEqual(described);
    const demo = metaAccountsOf(sandbox).map((account) => account.externalId);
    expect(all.map((account) => account.externalId)).toEqual(expect.arrayContaining(demo));
  });

  test.each([
    ['sandbox-x', true],
    ['sandbox-expired', false],
    ['sandbox-revoked', false],
    ['sandbox-nopermission', false],
    ['nonsense', false],
  ])('the credential %s: valid %s, with an app and without', async (text, valid) => {
    const app = { appId: '1234567890', appSecret: new Secret('app-secret-0001') };
    const withApp = createMeta({
      graphUrl: sandbox.urls.meta,
      apiVersion: 'v26.0',
      now: () => NOW,
      retries: QUICK,
      ...app,
    });
    const access = { ...ACCESS, token: new Secret(text) };
    for (const platform of [meta, withApp]) {
      const check = await platform.checkCredential(access);
      expect(check.valid).toBe(valid);
      expect(check.reason === undefined).toBe(valid);
    }
  });
});

describe('passing faults: six tries and RETRY, or the truth when they pass', () => {
  const passing: [string, FaultReply][] = [
    ...Object.entries(TRANSIENT).filter(([name]) => name !== 'retryAfter' && name !== 'unknown'),
    ['a truncated body', { kind: 'truncate', atBytes: 40 }],
    ['a closed connection', { kind: 'close' }],
    ['500 without a body', { kind: 'status', status: 500 }],
  ];

  test.each(passing)('%s', async (_name, reply) => {
    fault(reply);
    expect((await failureOf(read(DAY))).failure).toBe('RETRY');
    expect(calls()).toBe(6);
    sandbox.meta.faults.clear();
    fault(reply, {}, 3);
    expect(facts(await read(DAY))).toEqual(truth(DAY));
  });

  test('an answer that never comes', async () => {
    fault({ kind: 'hang' }, {}, 2);
    expect(facts(await read(DAY))).toEqual(truth(DAY));
    expect(calls()).toBe(4);
  });

  test('a quarter of all calls fails, in every way: the truth', async () => {
    for (const [, reply] of passing) {
      sandbox.meta.faults.add({ match: { path: '/insights' }, times: Infinity, probability: 0.03, reply });
    }
    for (const day of daysOf(RANGE).slice(0, 12)) {
      const range = { from: day, to: day };
      expect(facts(await read(range))).toEqual(truth(range));
    }
    expect(calls()).toBeGreaterThan(24);
  });

  test('too much data: smaller pages from the same place, the truth all the same', async () => {
    fault(TOO_MUCH.heavyPage, { limitAbove: 100 });
    const week = { from: addDays(TODAY, -6), to: TODAY };
    expect(facts(await read(week))).toEqual(truth(week));
    const asked = sandbox.meta.ledger.requests().map(({ query }) => Number(query['limit']));
    expect(asked.slice(0, 4)).toEqual([500, 250, 125, 62]);
    expect(asked.filter((limit) => limit > 100)).toHaveLength(6);
  });
});

describe('pages that go wrong', () => {
  test.each(['emptyPage', 'repeatPage', 'loopCursor'] as const)('%s once: the truth', async (kind) => {
    fault({ kind }, { query: { limit: '500' } }, 1);
    expect(facts(await read())).toEqual(truth());
  });

  test('a cursor that leads to itself for ever is detected', async () => {
    fault({ kind: 'loopCursor' }, { query: { level: 'ad' } });
    const error = await failureOf(read(DAY));
    expect(error).toMatchObject({ failure: 'RETRY', message: expect.stringContaining('cursor loop') });
    expect(calls()).toBeLessThan(6);
  });
});

test('a row that cannot be believed is kept out and told, the others stay', async () => {
  const rewrite = (json: Json): Json => {
    const text = JSON.stringify(json).replace(/"spend":"[^"]*"/, '"spend":"1,234.5"');
    return JSON.parse(text) as Json;
  };
  fault({ kind: 'rewrite', rewrite }, { query: { level: 'campaign' } });
  const pages = await read(DAY);
  expect(pages.flatMap((page) => page.rejected)).toEqual([
    { reason: 'CAMPAIGN row: spend is not a plausible amount' },
  ]);
  expect(pages.flatMap((page) => page.rows).length).toBe(truth(DAY).length - 1);
});

describe('refusals that end at once', () => {
  const refusals: [string, FaultReply, string][] = [
    ...BUSINESS_LIMIT_CODES.map((code): [string, FaultReply, string] => [
      String(code),
      businessLimit(code, ACCOUNT.externalId, 7),
      'WAIT',
    ]),
    ...Object.entries(APP_LIMITS).map(([code, reply]): [string, FaultReply, string] => [code, reply, 'WAIT']),
    ['429 with Retry-After', TRANSIENT.retryAfter, 'WAIT'],
    ['expired', REFUSED.expired, 'REAUTHORIZE'],
    ['passwordChanged', REFUSED.passwordChanged, 'REAUTHORIZE'],
    ['appRemoved', REFUSED.appRemoved, 'REAUTHORIZE'],
    ['permission', REFUSED.permission, 'REAUTHORIZE'],
    ['deprecated', REFUSED.deprecated, 'FIX'],
  ];

  test.each(refusals)('%s', async (name, reply, failure) => {
    fault(reply);
    const error = await failureOf(read(DAY));
    expect(error.failure).toBe(failure);
    expect(calls()).toBe(1);
    if (failure === 'WAIT') expect(error.retryAt?.getTime()).toBeGreaterThan(NOW.getTime());
    if (name.startsWith('800')) expect(error.retryAt).toEqual(new Date(NOW.getTime() + 7 * 60_000));
  });

  test.each([
    ['v21.0', 'FIX', '2635'],
    ['v99.0', 'FIX', '2500'],
  ])('version %s', async (apiVersion, failure, vendorCode) => {
    const old = createMeta({ graphUrl: sandbox.urls.meta, apiVersion, now: () => NOW, retries: QUICK });
    expect(await failureOf(old.describeAccount(ACCESS))).toMatchObject({ failure, vendorCode });
    expect(calls()).toBe(1);
  });

  test('an account that is not there', async () => {
    const access = { ...ACCESS, externalId: 'act_999' };
    expect(await failureOf(meta.describeAccount(access))).toMatchObject({
      failure: 'FIX',
      vendorCode: '100/33',
    });
  });

  test('days older than the history', async () => {
    const day = addDays(TODAY, -1200);
    expect(await failureOf(read({ from: day, to: day }))).toMatchObject({
      failure: 'FIX',
      vendorCode: '3018',
    });
  });
});

test('the signal ends a reading quickly, with its reason', async () => {
  const stop = new AbortController();
  const reason = new Error('the process stops');
  fault({ kind: 'hang' });
  const pending = read(DAY, { ...ACCESS, signal: stop.signal });
  await waitFor(() => calls() > 0, { what: 'the call that hangs' });
  stop.abort(reason);
  await expect(pending).rejects.toBe(reason);
  expect(calls()).toBeLessThanOrEqual(1);
});
