import type { GoogleFaultReply } from '../../../../sandbox/google/faults.ts';
import type { GoogleFactRow } from '../../../../sandbox/google/world/facts.ts';
import type { Sandbox } from '../../../../sandbox/index.ts';
import { startSandbox } from '../../../../sandbox/index.ts';
import type {
  AccountAccess,
  AdPlatform,
  InsightPage,
  InsightRow,
} from '../../../../src/connectors/ads/contract.ts';
import { addDays, dayOf, daysOf } from '../../../../src/lib/days.ts';
import { canonical } from '../../../../src/lib/money.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import { collect, NOW, QUICK } from '../meta/graphServer.ts';
import { google } from './adsServer.ts';

export const MANAGER = '9000000001';
export const ACCOUNT = {
  customerId: '9100000001',
  managerId: MANAGER,
  currency: 'KZT',
  timezone: 'Asia/Almaty',
  campaigns: 3,
  adGroupsPerCampaign: 2,
  adsPerAdGroup: 3,
  performanceMax: 1,
  removedCampaigns: 1,
  hiddenAdsPerCampaign: 1,
  gaps: 0.1,
};
export const TOKEN = new Secret('1//sandbox-test');
export const ACCESS: AccountAccess = {
  externalId: '910-000-0001',
  token: TOKEN,
  loginCustomerId: MANAGER,
};
const TODAY = dayOf(NOW, ACCOUNT.timezone);
export const RANGE = { from: addDays(TODAY, -13), to: TODAY };
export const DAY = { from: RANGE.from, to: RANGE.from };

const small = { campaigns: 1, adGroupsPerCampaign: 1, adsPerAdGroup: 1 };

/** A manager with accounts, one of them cancelled and one below a second manager; one reached directly, one denied. */
export function startGoogleSandbox(): Promise<Sandbox> {
  return startSandbox({
    now: () => NOW,
    googleAccounts: [
      ACCOUNT,
      { ...small, customerId: '9100000002', managerId: MANAGER, status: 'CANCELED' },
      { ...small, customerId: '9100000003' },
      { ...small, customerId: '9100000004', denied: true },
      { ...small, customerId: '9100000005', managerId: MANAGER, manager: true },
      { ...small, customerId: '9100000006', managerId: '9100000005' },
    ],
  });
}

/** The connector, as new: pauses of the developer token outlive a call. */
export function newPlatform(sandbox: Sandbox): AdPlatform {
  return google({ url: sandbox.urls.google }, { retries: QUICK, timeoutMs: 2_000 });
}

/** Strikes calls for figures. */
export function addFault(sandbox: Sandbox, reply: GoogleFaultReply, times = Infinity): void {
  sandbox.google.faults.add({ match: { query: 'metrics.' }, times, reply });
}

export function readAll(ads: AdPlatform, range = RANGE, access = ACCESS): Promise<InsightPage[]> {
  return collect(ads.readInsights(access, range));
}

export const rowsOf = (pages: InsightPage[]): InsightRow[] => pages.flatMap(({ rows }) => rows);

/** Calls of the Ads API. */
export function callsOf(sandbox: Sandbox): number {
  return sandbox.google.ledger.requests().filter(({ path }) => path !== '/token').length;
}

/** What both sides know of a row. */
export function comparable(row: InsightRow) {
  const actions = Object.entries(row.actions).flatMap(([key, { count, value }]) =>
    key.startsWith('conversion_action:') ? [[key.split(':')[1], canonical(count), canonical(value)]] : [],
  );
  return {
    key: `${row.level} ${row.date} ${row.campaignExternalId} ${row.adSetExternalId ?? ''} ${row.adExternalId ?? ''}`,
    spend: row.spend,
    impressions: row.impressions,
    clicks: row.clicks,
    conversions: row.actions['conversions'] ?? { count: '0', value: '0' },
    all: row.actions['all_conversions'] ?? { count: '0', value: '0' },
    actions: actions.sort(),
  };
}

function comparableFact(row: GoogleFactRow): ReturnType<typeof comparable> {
  const level = row.level === 'ad' ? 'AD' : 'CAMPAIGN';
  const actions = Object.entries(row.actions).map(([id, { allCount, allValue }]) => [
    id,
    canonical(allCount),
    canonical(allValue),
  ]);
  return {
    key: `${level} ${row.date} ${row.campaignId ?? ''} ${(level === 'AD' && row.adGroupId) || ''} ${row.adId ?? ''}`,
    spend: canonical(row.spend),
    impressions: row.impressions,
    clicks: row.clicks,
    conversions: { count: canonical(row.conversions), value: canonical(row.conversionsValue) },
    all: { count: canonical(row.allConversions), value: canonical(row.allConversionsValue) },
    actions: actions.sort(),
  };
}

export const sorted = <T extends { key: string }>(rows: T[]): T[] =>
  [...new Map(rows.map((row) => [row.key, row])).values()].sort((a, b) => (a.key < b.key ? -1 : 1));

/** What the platform would report, of both levels. */
export function truth(sandbox: Sandbox, range = RANGE) {
  const facts = (['campaign', 'ad'] as const).flatMap((level) =>
    daysOf(range).flatMap((day) => sandbox.google.truth({ customerId: ACCOUNT.customerId, level, day })),
  );
  return sorted(facts.map(comparableFact));
}
