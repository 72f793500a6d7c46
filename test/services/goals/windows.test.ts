import fc from 'fast-check';
import { expect, test } from 'vitest';
import { windowsOf } from '../../../src/services/goals/windows.ts';
import { addDays } from '../../../src/lib/days.ts';

test('windows hold at most 3,000 rows, or one day that has more', () => {
  const days = [
    { date: '2026-11-20', rows: 2_000 },
    { date: '2026-11-18', rows: 1_000 },
    { date: '2026-11-17', rows: 1 },
    { date: '2026-11-10', rows: 9_000 },
    { date: '2026-11-09', rows: 5 },
  ];
  expect(windowsOf(days)).toEqual([
    { from: '2026-11-18', to: '2026-11-20' },
    { from: '2026-11-17', to: '2026-11-17' },
    { from: '2026-11-10', to: '2026-11-10' },
    { from: '2026-11-09', to: '2026-11-09' },
  ]);
  expect(windowsOf([])).toEqual([]);
});

test('every day is in exactly one window, newest first', () => {
  const day = fc.record({ gap: fc.integer({ min: 1, max: 3 }), rows: fc.integer({ min: 1, max: 6_000 }) });
  fc.assert(
    fc.property(fc.array(day, { maxLength: 30 }), (list) => {
      let date = '2026-11-20';
      const days = list.map(({ gap, rows }) => ({ date: (date = addDays(date, -gap)), rows }));
      const windows = windowsOf(days);
      for (const { date: wanted } of days) {
        expect(windows.filter(({ from, to }) => from <= wanted && wanted <= to)).toHaveLength(1);
      }
      for (const [at, { to }] of windows.slice(1).entries())
        expect(to < (windows[at]?.from ?? '')).toBe(true);
    }),
  );
});
