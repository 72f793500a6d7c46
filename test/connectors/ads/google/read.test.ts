import { afterEach, describe, expect, it } from 'vitest';
import type { Bookmark } from '../../../../src/connectors/ads/contract.ts';
import { collect, failureOf, QUICK } from '../meta/graphServer.ts';
import type { Reply } from '../meta/graphServer.ts';
import type { AdsServer } from './adsServer.ts';
import { ACCESS, CUSTOMER, failure, google, queryOf, startAds, stream } from './adsServer.ts';

const RANGE = { from: '2026-11-01', to: '2026-11-04' };

let server: AdsServer;
afterEach(() => server.close());

async function answering(reply: (query: string) => Reply) {
  server = await startAds((request) => reply(queryOf(request)));
  return google(server, { retries: { ...QUICK, tries: 2 } });
}

const asked = (): string[] =>
  server.calls().map((request) => {
    const query = queryOf(request);
    const kind = query.includes('conversion_action') ? 'conversions' : 'metrics';
    const [, from, low, high] = /FROM (\w+) WHERE segments.date BETWEEN '(.*)' AND '(.*)'/.exec(query) ?? [];
    return `${String(from)} ${kind} ${String(low).slice(-2)}-${String(high).slice(-2)}`;
  });

function row(query: string, date: string, at = 1): object {
  const isAd = query.includes('FROM ad_group_ad');
  return {
    customer: { id: CUSTOMER, currencyCode: 'USD' },
    campaign: { id: '5' },
    ...(isAd ? { adGroup: { id: '6' }, adGroupAd: { ad: { id: String(at) } } } : {}),
    segments: { date },
    metrics: { costMicros: '1000000', impressions: '1' },
  };
}

const isConversions = (query: string): boolean => query.includes('segments.conversion_action');

describe('insights', () => {
  it('take two queries a level, campaigns first', async () => {
    const ads = await answering((query) =>
      isConversions(query) ? stream() : stream(row(query, '2026-11-02')),
    );
    const pages = await collect(ads.readInsights(ACCESS, RANGE));
    expect(asked()).toEqual([
      'campaign conversions 01-04',
      'campaign metrics 01-04',
      'ad_group_ad conversions 01-04',
      'ad_group_ad metrics 01-04',
    ]);
    expect(pages.map(({ rows, next }) => [rows.length, next])).toEqual([
      [1, { level: 'AD', from: '2026-11-01', days: 4 }],
      [1, null],
    ]);
  });

  it('go on from a bookmark, and begin again with one they do not know', async () => {
    const ads = await answering(() => stream());
    await collect(ads.readInsights(ACCESS, RANGE, { level: 'AD', from: '2026-11-03', days: 2 }));
    expect(asked()).toEqual(['ad_group_ad conversions 03-04', 'ad_group_ad metrics 03-04']);
    for (const odd of [{ level: 'AD', from: '2026-10-31', days: 2 }, { list: 'ads', after: '1' }, {}]) {
      server.requests.splice(0);
      await collect(ads.readInsights(ACCESS, RANGE, odd));
      expect(asked()[0]).toBe('campaign conversions 01-04');
      expect(asked()).toHaveLength(4);
    }
  });

  it('hand on a large answer in pages, each of which goes on with the part it is of', async () => {
    const many = 12_001;
    const ads = await answering((query) => {
      if (isConversions(query) || !query.includes('FROM ad_group_ad')) return stream();
      return stream(...Array.from({ length: many }, (_, at) => row(query, '2026-11-02', at)));
    });
    const pages = await collect(ads.readInsights(ACCESS, RANGE));
    const part = { level: 'AD', from: '2026-11-01', days: 4 };
    expect(pages.map(({ rows, next }) => [rows.length, next])).toEqual([
      [0, part],
      [5_000, part],
      [5_000, part],
      [2_001, null],
    ]);
    const ids = pages.flatMap(({ rows }) => rows.map(({ adExternalId }) => adExternalId));
    expect(new Set(ids).size).toBe(many);
  });

  it('are asked for in halves when Google cannot finish, down to a day', async () => {
    const slow = failure('internalError', 'DEADLINE_EXCEEDED', { status: 504 });
    const ads = await answering((query) => {
      const [, from, to] = /BETWEEN '(.*)' AND '(.*)'/.exec(query) ?? [];
      if (isConversions(query) || !query.includes('FROM campaign')) return stream();
      return from === to ? stream(row(query, String(from))) : slow;
    });
    const pages = await collect(ads.readInsights(ACCESS, RANGE));
    const dates = pages.flatMap(({ rows }) => rows.map(({ date }) => date));
    expect(dates).toEqual(['2026-11-01', '2026-11-02', '2026-11-03', '2026-11-04']);
    expect(pages.map(({ next }) => next)).toEqual<(Bookmark | null)[]>([
      { level: 'CAMPAIGN', from: '2026-11-02', days: 1 },
      { level: 'CAMPAIGN', from: '2026-11-03', days: 1 },
      { level: 'CAMPAIGN', from: '2026-11-04', days: 1 },
      { level: 'AD', from: '2026-11-01', days: 4 },
      null,
    ]);
  });

  it('fail when Google cannot finish a single day', async () => {
    const ads = await answering(() => failure('internalError', 'DEADLINE_EXCEEDED', { status: 504 }));
    const error = await failureOf(collect(ads.readInsights(ACCESS, RANGE)));
    expect([error.failure, error.vendorCode]).toEqual(['RETRY', 'internalError.DEADLINE_EXCEEDED']);
  });

  it('are asked for in halves when an answer is too large, and a day too large is not served', async () => {
    const filler = 'x'.repeat(1024 * 1024);
    const huge = `[{"results":[],"padding":"${filler.repeat(25)}"}]`;
    const ads = await answering((query) => {
      const [, from, to] = /BETWEEN '(.*)' AND '(.*)'/.exec(query) ?? [];
      if (!query.includes('FROM ad_group_ad') || !isConversions(query)) return stream();
      if (from !== to) return { body: huge };
      return from === '2026-11-01' ? { body: huge.replace(filler, filler.repeat(41)) } : stream();
    });
    const pages = await collect(ads.readInsights(ACCESS, { from: '2026-11-01', to: '2026-11-02' }));
    expect(
      pages.map(({ unserved, next }) => [unserved?.map(({ level, date }) => [level, date]), next]),
    ).toEqual([
      [undefined, { level: 'AD', from: '2026-11-01', days: 2 }],
      [[['AD', '2026-11-01']], { level: 'AD', from: '2026-11-02', days: 1 }],
      [undefined, null],
    ]);
  });
});

describe('the structure', () => {
  const LIMIT = 10_000;

  it('is read by number, list after list, in bounded pages', async () => {
    const ads = await answering((query) => {
      const after = Number(/> (\d+) /.exec(query)?.[1]);
      if (query.includes('FROM campaign')) return stream({ campaign: { id: '5', status: 'REMOVED' } });
      if (query.includes('FROM ad_group_ad')) return stream();
      const count = after === 0 ? LIMIT : 2;
      const groups = Array.from({ length: count }, (_, at) => ({ id: String(after + at + 1) }));
      return stream(...groups.map((adGroup) => ({ adGroup, campaign: { id: '5' } })));
    });
    const pages = await collect(ads.readStructure(ACCESS));
    expect(pages.map(({ campaigns, adSets, next }) => [campaigns.length, adSets.length, next])).toEqual([
      [1, 0, { list: 'adGroups', after: '0' }],
      [0, LIMIT, { list: 'adGroups', after: '10000' }],
      [0, 2, { list: 'ads', after: '0' }],
      [0, 0, null],
    ]);
    expect(pages[0]?.campaigns[0]?.status).toBe('REMOVED');
    server.requests.splice(0);
    await collect(ads.readStructure(ACCESS, { list: 'adGroups', after: '10000' }));
    expect(server.calls().map((request) => /WHERE (.*)/.exec(queryOf(request))?.[1])).toEqual([
      'ad_group.id > 10000 ORDER BY ad_group.id LIMIT 10000',
      'ad_group_ad.ad.id > 0 ORDER BY ad_group_ad.ad.id LIMIT 10000',
    ]);
  });

  it('is never endless', async () => {
    const broken = stream(...Array.from({ length: LIMIT }, () => ({ campaign: {} })));
    const ads = await answering(() => broken);
    expect((await failureOf(collect(ads.readStructure(ACCESS)))).failure).toBe('RETRY');
    expect(server.calls()).toHaveLength(1);
  });
});

it.each([
  [[], 30],
  [['7'], 7],
  [['7', '60', '30'], 60],
  [['400'], 90],
  [['odd'], 30],
])('re-reads for the longest click window of %s: %s days', async (windows, days) => {
  const ads = await answering(() =>
    stream(
      ...windows.map((window) => ({ conversionAction: { id: '1', clickThroughLookbackWindowDays: window } })),
    ),
  );
  expect(await ads.restatementDays(ACCESS)).toBe(days);
});
