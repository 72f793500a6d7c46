import { expect, it, test } from 'vitest';
import { isMonth, isOver, lastOver, maturity, rangeOf } from '../../../src/services/months/calendar.ts';

it.each([
  // Honolulu is 10 hours behind UTC, Almaty 5 ahead, Kiritimati 14 ahead.
  ['Pacific/Honolulu', '2026-11-01T09:59:59Z', false],
  ['Pacific/Honolulu', '2026-11-01T10:00:00Z', true],
  ['Asia/Almaty', '2026-10-31T18:59:59Z', false],
  ['Asia/Almaty', '2026-10-31T19:00:00Z', true],
  ['Pacific/Kiritimati', '2026-10-31T09:59:59Z', false],
  ['Pacific/Kiritimati', '2026-10-31T10:00:00Z', true],
  ['UTC', '2026-10-31T23:59:59Z', false],
  ['UTC', '2026-11-01T00:00:00Z', true],
])('October in %s at %s is over: %s', (zone, at, expected) => {
  expect(isOver('2026-10', zone, new Date(at))).toBe(expected);
});

it.each([
  ['Pacific/Honolulu', '2026-11-01T05:10:00Z', false],
  ['Pacific/Honolulu', '2026-11-02T05:10:00Z', true],
  ['Asia/Almaty', '2026-10-31T05:10:00Z', false],
  ['Asia/Almaty', '2026-11-01T05:10:00Z', true],
  ['Pacific/Kiritimati', '2026-10-31T05:10:00Z', false],
  ['Pacific/Kiritimati', '2026-11-01T05:10:00Z', true],
])('the daily settle first finds October over in %s on its own first: %s → %s', (zone, at, expected) => {
  expect(isOver('2026-10', zone, new Date(at))).toBe(expected);
});

test('the newest month that is over in every zone', () => {
  const at = new Date('2026-11-01T05:10:00Z');
  expect(lastOver(['Asia/Almaty', 'UTC'], at)).toBe('2026-10');
  expect(lastOver(['Asia/Almaty', 'Pacific/Honolulu'], at)).toBe('2026-09');
  expect(lastOver([], at)).toBeNull();
});

it.each([
  [28, 'UTC', '2026-11-28T23:59:59Z', false],
  [28, 'UTC', '2026-11-29T00:00:00Z', true],
  [28, 'Pacific/Honolulu', '2026-11-29T09:59:59Z', false],
  [28, 'Pacific/Honolulu', '2026-11-29T10:00:00Z', true],
  [90, 'UTC', '2027-01-29T23:59:59Z', false],
  [90, 'UTC', '2027-01-30T00:00:00Z', true],
])(
  'October with %d days of restatement in %s at %s is mature: %s',
  (restatementDays, timezone, at, expected) => {
    expect(maturity('2026-10', { timezone, restatementDays }, new Date(at)).isMature).toBe(expected);
  },
);

test('the days of a month', () => {
  expect(rangeOf('2028-02')).toEqual({ from: '2028-02-01', to: '2028-02-29' });
  expect(rangeOf('2026-12')).toEqual({ from: '2026-12-01', to: '2026-12-31' });
  expect(['2026-09', '2026-13', '2026-9', '2026-00'].map(isMonth)).toEqual([true, false, false, false]);
});
