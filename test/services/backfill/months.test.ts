import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDays, daysOf } from '../../../src/lib/days.ts';
import { monthsBack, monthsOf } from '../../../src/services/backfill/months.ts';
import { spansOf } from '../../../src/services/backfill/perform.ts';

test('calendar months, newest first, the present one up to today', () => {
  expect(monthsBack('2026-03-31', 3, 37)).toEqual([
    { month: '2026-03', range: { from: '2026-03-01', to: '2026-03-31' } },
    { month: '2026-02', range: { from: '2026-02-01', to: '2026-02-28' } },
    { month: '2026-01', range: { from: '2026-01-01', to: '2026-01-31' } },
  ]);
  expect(monthsBack('2026-01-01', 2, 37)).toEqual([
    { month: '2026-01', range: { from: '2026-01-01', to: '2026-01-01' } },
    { month: '2025-12', range: { from: '2025-12-01', to: '2025-12-31' } },
  ]);
});

test('what the platform does not keep any more is left out', () => {
  expect(monthsBack('2026-11-20', 5, 2)).toEqual([
    { month: '2026-11', range: { from: '2026-11-01', to: '2026-11-20' } },
    { month: '2026-10', range: { from: '2026-10-01', to: '2026-10-31' } },
    { month: '2026-09', range: { from: '2026-09-21', to: '2026-09-30' } },
  ]);
  expect(monthsBack('2026-11-20', 5, 0)).toEqual([]);
});

const day = fc.integer({ min: 0, max: 2_000 }).map((days) => addDays('2024-01-15', days));

test('months are the days of the range, each once, newest month first', () => {
  fc.assert(
    fc.property(day, fc.integer({ min: 0, max: 400 }), (from, length) => {
      const range = { from, to: addDays(from, length) };
      const months = monthsOf(range);
      expect(months.toReversed().flatMap((span) => daysOf(span.range))).toEqual(daysOf(range));
      for (const span of months)
        for (const one of daysOf(span.range)) expect(one.slice(0, 7)).toBe(span.month);
    }),
    { numRuns: 50 },
  );
});

test('spans are the days, each once, newest first, without a gap inside', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 60 })), (numbers) => {
      const days = numbers.map((number) => addDays('2026-01-31', number)).sort();
      const spans = spansOf(days.toReversed());
      expect(spans.toReversed().flatMap(daysOf)).toEqual(days);
      for (const span of spans) expect(days).not.toContain(addDays(span.to, 1));
    }),
  );
});
