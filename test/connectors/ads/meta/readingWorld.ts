import { expect } from 'vitest';
import type { Sandbox } from '../../../../sandbox/index.ts';
import type { FactRow } from '../../../../sandbox/world/facts.ts';
import type {
  AccountAccess,
  AdPlatform,
  Bookmark,
  InsightPage,
  InsightRow,
  Page,
} from '../../../../src/connectors/ads/contract.ts';
import type { MetaOptions } from '../../../../src/connectors/ads/meta/index.ts';
import { createMeta } from '../../../../src/connectors/ads/meta/index.ts';
import type { DayRange } from '../../../../src/lib/days.ts';
import { addDays, dayOf, daysOf } from '../../../../src/lib/days.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import { NOW, QUICK, QUICK_PATIENCE, TOKEN } from './graphServer.ts';

export const ACCOUNT = {
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
export const ACCESS: AccountAccess = { externalId: ACCOUNT.externalId, token: new Secret(TOKEN) };
export const TODAY = dayOf(NOW, ACCOUNT.timezone);
/** 28 days of 24 ads: two pages. */
export const RANGE: DayRange = { from: addDays(TODAY, -27), to: TODAY };
export const WEEK: DayRange = { from: addDays(TODAY, -6), to: TODAY };

export function metaAt(sandbox: Sandbox, more: Partial<MetaOptions> = {}): AdPlatform {
  return createMeta({
    graphUrl: sandbox.urls.meta,
    apiVersion: 'v26.0',
    now: () => NOW,
    retries: QUICK,
    timeoutMs: 2_000,
    patience: QUICK_PATIENCE,
    ...more,
  });
}

/** The demo accounts of this platform. */
export function metaAccountsOf(sandbox: Sandbox): { externalId: string; token: string }[] {
  return sandbox.demoClients
    .flatMap((client) => client.accounts)
    .filter(({ platform }) => platform === 'META');
}

export function factOf(row: InsightRow): FactRow {
  const { spend, impressions, clicks, linkClicks, reach, actions, date } = row;
  const level = row.level === 'AD' ? 'ad' : 'campaign';
  const ids = { campaignId: row.campaignExternalId, adSetId: row.adSetExternalId, adId: row.adExternalId };
  const id = row.adExternalId ?? row.campaignExternalId;
  return { level, date, id, ...ids, spend, impressions, clicks, linkClicks, reach, actions };
}

export const byKey = (rows: FactRow[]): [string, FactRow][] =>
  [...new Map(rows.map((row) => [`${row.level} ${row.date} ${row.id}`, row]))].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );

/** What the sandbox knows of a range, of both levels. */
export function truthOf(
  sandbox: Sandbox,
  range: DayRange,
  externalId = ACCOUNT.externalId,
): [string, FactRow][] {
  const levels = ['campaign', 'ad'] as const;
  return byKey(
    daysOf(range).flatMap((day) => levels.flatMap((level) => sandbox.meta.truth({ externalId, level, day }))),
  );
}

export function factsOf(pages: InsightPage[]): [string, FactRow][] {
  expect(pages.flatMap((page) => page.rejected)).toEqual([]);
  return byKey(pages.flatMap((page) => page.rows.map(factOf)));
}

/** Reads to the end, stopping after every page and going on from its bookmark as it was kept. */
export async function readInPieces<T extends Page>(
  read: (from: Bookmark | undefined) => AsyncIterable<T>,
  betweenPieces: () => void = () => undefined,
): Promise<T[]> {
  const pages: T[] = [];
  let from: Bookmark | undefined;
  for (let piece = 0; piece < 500; piece += 1) {
    const page = await firstOf(read(from));
    if (page === null) return pages;
    pages.push(page);
    if (page.next === null) return pages;
    from = JSON.parse(JSON.stringify(page.next)) as Bookmark;
    betweenPieces();
  }
  throw new Error('it does not end');
}

async function firstOf<T>(source: AsyncIterable<T>): Promise<T | null> {
  for await (const one of source) return one;
  return null;
}
