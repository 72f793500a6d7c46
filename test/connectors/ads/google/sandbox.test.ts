import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../../sandbox/index.ts';
import type { AdPlatform, InsightPage } from '../../../../src/connectors/ads/contract.ts';
import { daysOf } from '../../../../src/lib/days.ts';
import { canonical, DecimalSum } from '../../../../src/lib/money.ts';
import { collect, failureOf } from '../meta/graphServer.ts';
import {
  ACCESS,
  ACCOUNT,
  callsOf,
  comparable,
  DAY,
  MANAGER,
  newPlatform,
  RANGE,
  readAll,
  rowsOf,
  sorted,
  startGoogleSandbox,
  TOKEN,
  truth,
} from './adsSandbox.ts';

let sandbox: Sandbox;
let ads: AdPlatform;

beforeAll(async () => {
  sandbox = await startGoogleSandbox();
});
beforeEach(() => {
  ads = newPlatform(sandbox);
});
afterEach(() => {
  sandbox.google.faults.clear();
  sandbox.google.ledger.clear();
});
afterAll(() => sandbox.close());

describe('a reading', () => {
  it('holds exactly what the platform would report, in two queries a level', async () => {
    const pages = await readAll(ads);
    const rows = rowsOf(pages);
    expect(pages.flatMap(({ rejected }) => rejected)).toEqual([]);
    expect(sorted(rows.map(comparable))).toEqual(truth(sandbox));
    expect(rows.length).toBe(truth(sandbox).length);
    expect(callsOf(sandbox)).toBe(4);
    expect(new Set(rows.map(({ currency }) => currency))).toEqual(new Set(['KZT']));
    expect(rows.some(({ actions }) => actions['conversions']?.count.includes('.'))).toBe(true);
  });

  it('adds up to the account’s own total to the last digit, Performance Max included', async () => {
    const rows = rowsOf(await readAll(ads));
    const campaigns = rows.filter(({ level }) => level === 'CAMPAIGN');
    const days = await ads.readAccountDays(ACCESS, RANGE);
    expect(days.map(({ date }) => date).sort()).toEqual(daysOf(RANGE));
    for (const { date, spend } of days) {
      const sum = new DecimalSum();
      for (const row of campaigns) if (row.date === date) sum.add(row.spend);
      expect(sum.text()).toBe(canonical(spend));
      expect(canonical(sandbox.google.ledger.spend(ACCOUNT.customerId, date))).toBe(canonical(spend));
    }
    const withAds = new Set(rows.filter(({ level }) => level === 'AD').map((row) => row.campaignExternalId));
    const without = new Set(campaigns.map((row) => row.campaignExternalId).filter((id) => !withAds.has(id)));
    expect(without.size).toBe(1);
  });

  it('sums a category over its primary actions only', async () => {
    const rows = rowsOf(await readAll(ads, DAY)).filter(({ level }) => level === 'CAMPAIGN');
    for (const { actions } of rows) {
      const categories = Object.entries(actions).filter(([key]) => /^[A-Z_]+$/.test(key));
      const sum = new DecimalSum();
      for (const [, { count }] of categories) sum.add(count);
      expect(sum.text()).toBe(actions['conversions']?.count ?? '0');
    }
    expect(rows.some(({ actions }) => Object.keys(actions).some((key) => key.startsWith('all:')))).toBe(true);
  });

  it('goes on where it was left', async () => {
    const first: InsightPage[] = [];
    for await (const page of ads.readInsights(ACCESS, RANGE)) {
      first.push(page);
      break;
    }
    const bookmark = JSON.parse(JSON.stringify(first[0]?.next)) as NonNullable<InsightPage['next']>;
    const rest = await collect(ads.readInsights(ACCESS, RANGE, bookmark));
    expect(sorted(rowsOf([...first, ...rest]).map(comparable))).toEqual(truth(sandbox));
    expect(callsOf(sandbox)).toBe(4);
  });
});

it('reads the structure, removed objects included, with a name for every ad', async () => {
  const pages = await collect(ads.readStructure(ACCESS));
  const campaigns = pages.flatMap((page) => page.campaigns);
  const adSets = pages.flatMap((page) => page.adSets);
  const all = pages.flatMap((page) => page.ads);
  expect([campaigns.length, adSets.length]).toEqual([5, 8]);
  expect(campaigns.filter(({ status }) => status === 'REMOVED')).toHaveLength(1);
  expect(campaigns.filter(({ objective }) => objective === 'PERFORMANCE_MAX')).toHaveLength(1);
  expect(all.length).toBeGreaterThanOrEqual(24);
  expect(all.every(({ name }) => name !== '')).toBe(true);
  expect(all.some(({ name }) => /^Responsive search ad \d+$/.test(name))).toBe(true);
  const known = new Set(adSets.map(({ externalId }) => externalId));
  expect(all.every(({ adSetExternalId }) => known.has(adSetExternalId))).toBe(true);
});

it('finds what the token reaches, and says why the rest cannot be read', async () => {
  const { accounts, unusable } = await ads.listAccounts({ token: TOKEN });
  const ours = accounts.filter(({ externalId }) => externalId.startsWith('91'));
  expect(ours.map(({ externalId, loginCustomerId }) => [externalId, loginCustomerId])).toEqual([
    ['9100000003', undefined],
    ['9100000001', MANAGER],
    ['9100000006', MANAGER],
  ]);
  expect(new Set(accounts.map(({ externalId }) => externalId)).size).toBe(accounts.length);
  const reasons = new Map(unusable.map(({ externalId, reason }) => [externalId, reason]));
  expect(reasons.get('9100000002')).toContain('cancelled');
  expect(reasons.get('9100000004')).toContain('does not reach');
  for (const { externalId, loginCustomerId, currency } of ours) {
    const access = { externalId, token: TOKEN, ...(loginCustomerId ? { loginCustomerId } : {}) };
    expect(await ads.describeAccount(access)).toMatchObject({ externalId, currency });
  }
});

it('describes an account, finds its manager by itself, and refuses managers and what it may not see', async () => {
  const { loginCustomerId, ...alone } = ACCESS;
  const described = {
    externalId: ACCOUNT.customerId,
    name: `Customer ${ACCOUNT.customerId}`,
    currency: 'KZT',
    timezone: 'Asia/Almaty',
    status: 'ENABLED',
    loginCustomerId,
  };
  expect(await ads.describeAccount(ACCESS)).toEqual(described);
  expect(await ads.describeAccount(alone)).toEqual(described);
  expect((await failureOf(ads.describeAccount({ ...alone, externalId: MANAGER }))).message).toContain(
    'manager',
  );
  const denied = await failureOf(ads.describeAccount({ ...alone, externalId: '9100000004' }));
  expect([denied.failure, denied.concerns]).toEqual(['REAUTHORIZE', 'ACCOUNT']);
  const metrics = await failureOf(ads.readAccountDays({ ...alone, externalId: MANAGER }, DAY));
  expect([metrics.failure, metrics.vendorCode]).toEqual(['FIX', 'queryError.REQUESTED_METRICS_FOR_MANAGER']);
});

it('re-reads for the longest of its click windows', async () => {
  expect(await ads.restatementDays(ACCESS)).toBe(60);
});
