import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayNumber, dayText } from '../../sandbox/world/days.ts';
import type { FactRow } from '../../sandbox/world/facts.ts';
import { createWorld } from '../../sandbox/world/world.ts';
import { cents, NOW, sum } from './graph.ts';

const world = createWorld({ seed: 1, startedAt: NOW });
const accounts = [...world.accounts.keys()];
const today = dayNumber('2026-11-20');

const anyCell = fc.record({ account: fc.constantFrom(...accounts), back: fc.integer({ min: 0, max: 700 }) });
/** The same day in all three zones. */
const noon = (day: number): Date => new Date(`${dayText(day)}T12:00:00Z`);
const spend = (rows: FactRow[]): bigint => sum(rows.map((row) => cents(row.spend)));
const total = (rows: FactRow[], read: (row: FactRow) => string | undefined): bigint =>
  sum(rows.map((row) => BigInt(read(row) ?? 0)));

describe('levels', () => {
  it('account = sum of campaigns = sum of ad sets >= sum of ads, exactly', () => {
    fc.assert(
      fc.property(anyCell, ({ account, back }) => {
        const when = { day: dayText(today - back), askedAt: NOW };
        const at = (level: 'account' | 'campaign' | 'adset' | 'ad') => world.insights(account, level, when);
        for (const read of [spend, (rows: FactRow[]) => total(rows, (row) => row.impressions)]) {
          expect(read(at('account'))).toBe(read(at('campaign')));
          expect(read(at('campaign'))).toBe(read(at('adset')));
          expect(read(at('campaign')) >= read(at('ad'))).toBe(true);
        }
        const campaigns = at('campaign');
        const adSets = at('adset');
        for (const row of campaigns) {
          expect(spend(adSets.filter(({ campaignId }) => campaignId === row.id))).toBe(cents(row.spend));
        }
        const leads = (rows: FactRow[]) => total(rows, (row) => row.actions['lead']?.count);
        expect(leads(at('account'))).toBe(leads(at('campaign')));
      }),
      { numRuns: 150 },
    );
  });

  it('some campaigns hold a remainder of deleted ads, some days of an ad have no row', () => {
    const [account = ''] = accounts;
    const window = Array.from({ length: 60 }, (_, back) => dayText(today - back - 1));
    const remainder = window.filter((day) => {
      const when = { day, askedAt: NOW };
      return spend(world.insights(account, 'campaign', when)) > spend(world.insights(account, 'ad', when));
    });
    expect(remainder.length).toBeGreaterThan(10);
    const rows = window.map((day) => world.insights(account, 'ad', { day, askedAt: NOW }).length);
    expect(Math.min(...rows)).toBeLessThan(Math.max(...rows));
  });

  it('every object has an id of its own, too long for a number', () => {
    const ids = [...world.accounts.values()].flatMap((account) =>
      [...account.campaigns, ...account.adSets, ...account.ads].map(({ id }) => id),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^\d{18}$/.test(id))).toBe(true);
  });
});

describe('determinism', () => {
  it('a seed is a world, whenever it is started; another seed is another', () => {
    const later = createWorld({ seed: 1, startedAt: new Date('2027-01-05T00:00:00Z') });
    const other = createWorld({ seed: 2, startedAt: NOW });
    const when = { day: '2026-11-02', askedAt: NOW };
    for (const account of accounts) {
      expect(later.insights(account, 'ad', when)).toEqual(world.insights(account, 'ad', when));
      expect(other.insights(account, 'ad', when)).not.toEqual(world.insights(account, 'ad', when));
    }
  });

  it('knows 24 months and nothing before or after', () => {
    for (const account of accounts) {
      expect(world.insights(account, 'campaign', { day: '2024-11-01', askedAt: NOW })).not.toEqual([]);
      expect(world.insights(account, 'campaign', { day: '2024-10-31', askedAt: NOW })).toEqual([]);
      expect(world.insights(account, 'campaign', { day: '2026-11-22', askedAt: NOW })).toEqual([]);
    }
  });
});

describe('restatement', () => {
  it('is over after 28 days on every level, for every account and any day', () => {
    fc.assert(
      fc.property(anyCell, fc.integer({ min: 28, max: 400 }), ({ account, back }, age) => {
        const day = today - back;
        for (const level of ['campaign', 'ad'] as const) {
          const then = world.insights(account, level, { day: dayText(day), askedAt: noon(day + 28) });
          const later = world.insights(account, level, { day: dayText(day), askedAt: noon(day + age) });
          expect(later).toEqual(then);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('includes deletions: an ad goes while its days can still change, or keeps its rows', () => {
    for (const account of accounts) {
      for (let day = dayNumber('2024-11-05'); day < today - 28; day += 5) {
        const seen = (askedAt: Date) => world.insights(account, 'ad', { day: dayText(day), askedAt });
        expect(seen(noon(day + 28))).toEqual(seen(NOW));
      }
    }
  });

  it('grows until then: conversions never fall, and most days change', () => {
    const [account = ''] = accounts;
    const day = dayNumber('2026-06-10');
    const seen = Array.from({ length: 30 }, (_, age) => {
      const rows = world.insights(account, 'campaign', { day: dayText(day), askedAt: noon(day + age) });
      return Number(total(rows, (row) => row.actions['purchase']?.count));
    });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen[28]).toBeGreaterThan((seen[1] ?? 0) * 1.2);
    expect(seen[29]).toBe(seen[28]);
  });

  it('moves spend a little in the first three days and not after', () => {
    const [account = ''] = accounts;
    const day = dayNumber('2026-06-10');
    const at = (age: number) =>
      Number(spend(world.insights(account, 'campaign', { day: dayText(day), askedAt: noon(day + age) })));
    expect(at(1)).toBeLessThan(at(3));
    expect(at(1)).toBeGreaterThan(at(3) * 0.98);
    expect(at(4)).toBe(at(3));
  });

  it('today is partial and grows with the hour of the account', () => {
    const at = (hour: string) => {
      const askedAt = new Date(`2026-11-20T${hour}:10:00-05:00`);
      return world.insights('act_1300000001', 'account', { day: '2026-11-20', askedAt });
    };
    const hours = ['00', '06', '12', '18', '23'].map(at);
    expect(hours[0]).toEqual([]);
    for (const read of [spend, (rows: FactRow[]) => total(rows, (row) => row.impressions)]) {
      const figures = hours.map((rows) => Number(read(rows)));
      expect(figures).toEqual([...new Set(figures)].toSorted((a, b) => a - b));
    }
  });
});
