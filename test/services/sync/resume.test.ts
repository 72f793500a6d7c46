import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InsightRow } from '../../../src/connectors/ads/contract.ts';
import type { Day, DayRange } from '../../../src/lib/days.ts';
import { daysOf } from '../../../src/lib/days.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { Attempts, Blow } from './kills.ts';
import { mostAskedAgain, syncThrough } from './kills.ts';
import { scene } from './scene.ts';
import type { Scene } from './scene.ts';
import { action, adRow, campaignRow, NOW, rowsOf } from './support.ts';
import type { Holder } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const TODAY = '2026-11-20';
/** Of the plans that chance makes. */
const DAYS = 10;

/** One day as the platform reports it. */
interface PlannedDay {
  ads: number;
  spend: number;
  /** What the account's own total says. */
  total: 'NONE' | 'SAME' | 'MORE';
  unserved: 'NONE' | 'AD' | 'CAMPAIGN';
}

interface Plan {
  days: PlannedDay[];
  pageSizes: number[];
}

const dayAt = (days: readonly PlannedDay[], day: Day) =>
  days[days.length - daysOf({ from: day, to: TODAY }).length] ?? NO_DAY;
const NO_DAY: PlannedDay = { ads: 0, spend: 0, total: 'NONE', unserved: 'NONE' };

function rowsOfDay(day: Day, { ads, spend }: PlannedDay): InsightRow[] {
  if (ads === 0) return [];
  const rows = Array.from({ length: ads }, (_, at) =>
    adRow({
      date: day,
      adExternalId: `a${String(at)}`,
      spend: `${String(spend + at)}.10`,
      actions: { purchase: action('1', '2') },
    }),
  );
  return [...rows, campaignRow({ date: day, spend: String(ads * (spend + 3)), impressions: '1000' })];
}

function play(made: Scene, { days, pageSizes }: Plan): void {
  const { platform } = made;
  const each = <T>(window: DayRange, read: (day: Day, planned: PlannedDay) => T[]) =>
    daysOf(window).flatMap((day) => read(day, dayAt(days, day)));
  platform.serve = (window) => each(window, rowsOfDay);
  platform.totals = (window) =>
    each(window, (date, { ads, spend, total }) => {
      if (total === 'NONE') return [];
      const sum = ads * (spend + 3) + (total === 'MORE' ? 50 : 0);
      return [{ date, currency: 'EUR', spend: String(sum), impressions: '0', clicks: '0' }];
    });
  platform.unserved = (window) =>
    each(window, (date, { unserved }) =>
      unserved === 'NONE'
        ? []
        : [{ level: unserved, date, campaignExternalId: 'c1', reason: 'it would not' }],
    );
  platform.pageSizes = () => pageSizes;
  const listed = { status: 'ACTIVE', campaignExternalId: 'c1' };
  platform.structure = {
    campaigns: [{ externalId: 'c1', name: 'One', status: 'ACTIVE', objective: null }],
    adSets: [{ ...listed, externalId: 's1', name: 'Set' }],
    ads: [{ ...listed, externalId: 'a0', adSetExternalId: 's1', name: 'Ad' }],
  };
}

const TABLES = {
  facts: `SELECT date, campaign_external_id, ad_external_id, ad_set_external_id, currency, spend::text, impressions, clicks,
      reach, conversions::text, conversion_value::text, goals, actions FROM ad_insights WHERE client_id = $1 ORDER BY 1, 2, 3`,
  campaignDays: `SELECT date, campaign_external_id, currency, spend::text, impressions, goals FROM campaign_days
      WHERE client_id = $1 ORDER BY 1, 2, 3`,
  clientDays: `SELECT date, currency, spend::text, impressions, goals FROM client_days WHERE client_id = $1 ORDER BY 1, 2`,
  slices: `SELECT date, status, rows, final, suspect_reason, note, total_spend::text, failure_class, failure_reason
      FROM slices WHERE client_id = $1 ORDER BY 1`,
  revisions: `SELECT date, ad_external_id, metric, old::text, new::text FROM insight_revisions WHERE client_id = $1
      ORDER BY 1, 2, 3, 4, 5`,
  ads: `SELECT external_id, name, status FROM ads WHERE client_id = $1 ORDER BY 1`,
  records: `SELECT records_synced, status, tasks_done FROM runs WHERE client_id = $1 ORDER BY created_at`,
  kept: `SELECT seq FROM sync_pages WHERE client_id = $1`,
};

async function tablesOf({ clientId }: Holder): Promise<Record<string, unknown>> {
  const all = Object.entries(TABLES).map(async ([name, query]) => [
    name,
    await rowsOf(database.db, query, [clientId]),
  ]);
  return Object.fromEntries(await Promise.all(all)) as Record<string, unknown>;
}

/** An undisturbed run of `before`, then one of `after` seven hours later through these blows. */
async function syncTwice(
  before: Plan,
  after: Plan,
  blow: (moment: number) => Blow | null,
): Promise<{ tables: Record<string, unknown>; attempts: Attempts }> {
  const made = await scene(database.db, after.days.length);
  play(made, before);
  await syncThrough(made, () => null);
  await made.again();
  made.now = new Date(NOW.getTime() + 7 * 3_600_000);
  play(made, after);
  const attempts = await syncThrough(made, blow);
  await made.end();
  return { tables: await tablesOf(made.holder), attempts };
}

const usual = (changes: Partial<PlannedDay> = {}): PlannedDay => ({
  ads: 2,
  spend: 10,
  total: 'SAME',
  unserved: 'NONE',
  ...changes,
});
const BEFORE: Plan = { days: Array.from({ length: 5 }, () => usual()), pageSizes: [] };
const AFTER: Plan = {
  days: [
    usual({ total: 'MORE', spend: 4 }),
    usual({ ads: 0, total: 'NONE' }),
    usual({ unserved: 'CAMPAIGN' }),
    usual({ unserved: 'AD', ads: 1 }),
    usual({ spend: 11 }),
  ],
  pageSizes: [1, 3],
};

describe('a kill at any moment', () => {
  test.each<Blow>(['KILL', 'FAIL'])(
    '%s costs one page at most and changes nothing of the result',
    async (kind) => {
      const undisturbed = await syncTwice(BEFORE, AFTER, () => null);
      const moments = undisturbed.attempts[kind];
      expect(moments.length).toBeGreaterThan(7);
      for (const at of moments) {
        const killed = await syncTwice(BEFORE, AFTER, (moment) => (moment === at ? kind : null));
        expect({ at, again: mostAskedAgain(killed.attempts) <= 1 }).toEqual({ at, again: true });
        expect({ at, ...killed.tables }).toEqual({ at, ...undisturbed.tables });
      }
    },
    120_000,
  );
});

const plannedDay: fc.Arbitrary<PlannedDay> = fc.record({
  ads: fc.constantFrom(0, 0, 1, 2, 3),
  spend: fc.integer({ min: 0, max: 40 }),
  total: fc.constantFrom('NONE', 'SAME', 'MORE'),
  unserved: fc.constantFrom('NONE', 'NONE', 'NONE', 'NONE', 'AD', 'CAMPAIGN'),
});
const plan: fc.Arbitrary<Plan> = fc.record({
  days: fc.array(plannedDay, { minLength: DAYS, maxLength: DAYS }),
  pageSizes: fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 6 }),
});

test('any pages and any kills end in the tables of the undisturbed run', async () => {
  const blows = fc.array(fc.tuple(fc.integer({ min: 1, max: 25 }), fc.constantFrom<Blow>('KILL', 'FAIL')), {
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(plan, plan, blows, async (before, after, planned) => {
      const undisturbed = await syncTwice(before, after, () => null);
      const waiting = [...planned];
      let until = waiting[0]?.[0] ?? 0;
      const disturbed = await syncTwice(before, after, () => {
        if (--until > 0) return null;
        const [now] = waiting.splice(0, 1);
        until = waiting[0]?.[0] ?? Infinity;
        return now?.[1] ?? null;
      });
      expect(mostAskedAgain(disturbed.attempts)).toBeLessThanOrEqual(1);
      expect(disturbed.tables).toEqual(undisturbed.tables);
    }),
    { seed: 20261120, numRuns: 10 },
  );
}, 120_000);
