import { expect, test } from 'vitest';
import { estimateCalls, UNKNOWN_ROWS_PER_DAY } from '../../../src/services/plans/estimate.ts';

const COSTS = { unit: 'CALLS', perTask: 3, perWindow: 2, rowsPerCall: 500 } as const;

test.each([
  { what: 'nothing', days: 0, rowsPerDay: 10, calls: 0 },
  { what: 'one short window', days: 2, rowsPerDay: 10, calls: 3 + 3 },
  { what: 'a short window, then weeks', days: 30, rowsPerDay: 10, calls: 3 + 5 * 3 },
  { what: 'pages of a window', days: 2, rowsPerDay: 501, calls: 3 + 2 + 3 },
  {
    what: 'days so full that a window is one of them',
    days: 3,
    rowsPerDay: 6_000,
    calls: 3 + (2 + 24) + (2 + 12),
  },
  { what: 'an account without delivery', days: 9, rowsPerDay: 0, calls: 3 + 2 * 3 },
])('$what', ({ days, rowsPerDay, calls }) => {
  expect(estimateCalls({ days, rowsPerDay, isTask: true }, COSTS)).toBe(calls);
  expect(estimateCalls({ days, rowsPerDay, isTask: false }, COSTS)).toBe(Math.max(0, calls - 3));
});

test('where rows cost nothing only the windows count', () => {
  const costs = { unit: 'OPERATIONS', perTask: 4, perWindow: 5, rowsPerCall: null } as const;
  expect(estimateCalls({ days: 9, rowsPerDay: 500, isTask: true }, costs)).toBe(4 + 2 * 5);
});

test('an account of which nothing is known is taken for an ordinary one', () => {
  const of = (rowsPerDay: number | null) => estimateCalls({ days: 31, rowsPerDay, isTask: true }, COSTS);
  expect(of(null)).toBe(of(UNKNOWN_ROWS_PER_DAY));
});
