import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FaultReply } from '../../../../sandbox/faults/faults.ts';
import { REPORT_ENDS, TOO_MUCH } from '../../../../sandbox/faults/presets.ts';
import type { Sandbox } from '../../../../sandbox/index.ts';
import { startSandbox } from '../../../../sandbox/index.ts';
import type { AdPlatform, Bookmark, InsightPage } from '../../../../src/connectors/ads/contract.ts';
import { addDays } from '../../../../src/lib/days.ts';
import { collect, merged, NOW, TOKEN } from './graphServer.ts';
import {
  ACCESS,
  ACCOUNT,
  factsOf,
  metaAt,
  RANGE,
  readInPieces,
  TODAY,
  truthOf,
  WEEK,
} from './readingWorld.ts';

const DAY = { from: RANGE.from, to: RANGE.from };
const REPORT = /\/\d+$/;
let sandbox: Sandbox;
let meta: AdPlatform;

beforeAll(async () => {
  sandbox = await startSandbox({ now: () => NOW, accounts: [ACCOUNT] });
  meta = metaAt(sandbox);
});
afterEach(() => {
  sandbox.meta.faults.clear();
  sandbox.meta.ledger.clear();
});
afterAll(() => sandbox.close());

const requests = () => sandbox.meta.ledger.requests();
const posts = () => requests().filter(({ method }) => method === 'POST');
const read = (range = RANGE, from?: Bookmark): Promise<InsightPage[]> =>
  collect(meta.readInsights(ACCESS, range, from));

function fault(reply: FaultReply, match: object = {}, times = Infinity): void {
  sandbox.meta.faults.add({ match, times, reply });
}

/** An ad that is delivered on the day, with its campaign. */
function someAd(day: string): { ad: string; campaign: string } {
  const rows = sandbox.meta.truth({ externalId: ACCOUNT.externalId, level: 'ad', day });
  const row = rows[Math.floor(rows.length / 2)];
  return { ad: row?.adId ?? '', campaign: row?.campaignId ?? '' };
}

describe('bookmarks', () => {
  const FIVE = { from: addDays(TODAY, -4), to: TODAY };
  const script = fc.record({
    heavy: fc.boolean(),
    reports: fc.constantFrom('good', 'failed', 'tooLarge', 'vanished'),
    poison: fc.boolean(),
    range: fc.constantFrom(FIVE, DAY, { from: TODAY, to: TODAY }),
  });

  test('a reading that stops after every page and goes on has the same rows, whatever goes wrong', async () => {
    // Reports already for three days: much happens over few rows.
    const narrow = metaAt(sandbox, { syncDays: 2 });
    await fc.assert(
      fc.asyncProperty(script, async ({ heavy, reports, poison, range }) => {
        const arrange = (): void => {
          sandbox.meta.faults.clear();
          if (heavy) fault(TOO_MUCH.heavyPage, { path: '/insights', limitAbove: 20 });
          if (reports !== 'good') fault(REPORT_ENDS[reports as 'failed'], { path: REPORT, method: 'GET' });
          if (poison) sandbox.meta.faults.poison({ id: someAd(range.from).ad, day: range.from });
        };
        arrange();
        const whole = await collect(narrow.readInsights(ACCESS, range));
        arrange();
        const pieces = await readInPieces((from) => narrow.readInsights(ACCESS, range, from));
        expect(factsOf(pieces)).toEqual(factsOf(whole));
        const cells = (pages: InsightPage[]) => pages.flatMap((page) => page.unserved ?? []);
        expect(cells(pieces)).toEqual(cells(whole));
        if (!poison) expect(factsOf(pieces)).toEqual(truthOf(sandbox, range));
        for (const { next } of pieces) {
          expect(JSON.stringify(next ?? {})).not.toContain(TOKEN);
          expect(JSON.stringify(next ?? {}).length).toBeLessThan(3_000);
        }
      }),
      { numRuns: 10 },
    );
  });

  test('going on does not read again what was read', async () => {
    const pieces = await readInPieces((from) => meta.readInsights(ACCESS, RANGE, from));
    expect(pieces.flatMap((page) => page.rows)).toHaveLength(truthOf(sandbox, RANGE).length);
    expect(posts()).toHaveLength(2);
  });

  test('a cursor that is no longer valid begins that list again', async () => {
    const [first] = await readSome(2, WEEK);
    const next = { ...first?.next, after: 'QVFIUnonsense' };
    expect(factsOf([...(first ? [first] : []), ...(await read(WEEK, next))])).toEqual(truthOf(sandbox, WEEK));
  });

  test.each([
    [false, 3, null],
    [true, 7, null],
    // Its rows were being fetched.
    [false, 3, 'QVFIUx'],
  ])(
    'a report that is gone: the truth, whether it was begun again before (%s) or not',
    async (restarted, count, after) => {
      const [asked] = await readSome(1, RANGE);
      const plan = structuredClone(asked?.next) as {
        report: string;
        after: string | null;
        todo: { restarted: boolean }[];
      };
      plan.report = '99999';
      plan.after = after;
      for (const question of plan.todo.slice(0, 1)) question.restarted = restarted;
      const pages = await read(RANGE, { ...plan });
      expect(factsOf(pages)).toEqual(truthOf(sandbox, RANGE));
      expect(pages.flatMap((page) => page.unserved ?? [])).toEqual([]);
      expect(posts().length).toBeLessThanOrEqual(count);
    },
  );

  test.each<[string, Bookmark]>([
    ['nothing', {}],
    ['another reading', { about: 'INSIGHTS 2020-01-01 2020-01-02', todo: [], after: null }],
    ['nonsense', { about: 1, todo: 'x' }],
  ])('a bookmark of %s begins from the beginning', async (_name, from) => {
    expect(factsOf(await read(DAY, from))).toEqual(truthOf(sandbox, DAY));
  });

  async function readSome(count: number, range = RANGE): Promise<InsightPage[]> {
    const pages: InsightPage[] = [];
    for await (const page of meta.readInsights(ACCESS, range)) {
      pages.push(page);
      if (pages.length === count) break;
    }
    return pages;
  }

  test('structure: stopped after every page, the same objects; each edge in pages', async () => {
    fault(TOO_MUCH.heavyPage, { path: /\/(campaigns|adsets|ads)$/, limitAbove: 20 });
    const whole = await collect(meta.readStructure(ACCESS));
    const pieces = await readInPieces((from) => meta.readStructure(ACCESS, from));
    expect(pieces.map((page) => [page.campaigns, page.adSets, page.ads].map((list) => list.length))).toEqual([
      [3, 0, 0],
      [0, 6, 0],
      [0, 0, 15],
      [0, 0, 9],
    ]);
    expect(merged(pieces)).toEqual(merged(whole));
    expect(whole.flatMap((page) => page.ads)).toHaveLength(24);
    const wrong = { edge: 'ads', after: 'nonsense', limit: 5 };
    const again = await collect(meta.readStructure(ACCESS, wrong));
    expect(again.flatMap((page) => page.ads)).toHaveLength(24);
  });
});
