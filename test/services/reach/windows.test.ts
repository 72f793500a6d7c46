import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDays, daysBetween } from '../../../src/lib/days.ts';
import { reachWindows, reachWindowsOf } from '../../../src/services/reach/windows.ts';

const written = (windows: ReturnType<typeof reachWindows>) =>
  windows.map(({ from, to, rolling }) => `${from}..${to}${rolling ? ' rolling' : ''}`);

test.each([
  [
    'the middle of a month',
    '2026-11-20',
    [
      '2026-10-01..2026-10-31',
      '2026-11-01..2026-11-19 rolling',
      '2026-11-13..2026-11-19 rolling',
      '2026-10-21..2026-11-19 rolling',
    ],
  ],
  [
    'a first: nothing of the month is over, and 30 days are the whole month',
    '2026-12-01',
    ['2026-11-01..2026-11-30', '2026-11-24..2026-11-30 rolling'],
  ],
  [
    'a first after 31 days',
    '2026-11-01',
    ['2026-10-01..2026-10-31', '2026-10-25..2026-10-31 rolling', '2026-10-02..2026-10-31 rolling'],
  ],
  [
    'an eighth: the month so far is the last 7 days',
    '2026-11-08',
    ['2026-10-01..2026-10-31', '2026-11-01..2026-11-07 rolling', '2026-10-09..2026-11-07 rolling'],
  ],
  [
    'a leap day',
    '2028-02-29',
    [
      '2028-01-01..2028-01-31',
      '2028-02-01..2028-02-28 rolling',
      '2028-02-22..2028-02-28 rolling',
      '2028-01-30..2028-02-28 rolling',
    ],
  ],
  [
    'after a leap February',
    '2028-03-31',
    ['2028-02-01..2028-02-29', '2028-03-01..2028-03-30 rolling', '2028-03-24..2028-03-30 rolling'],
  ],
  [
    'a new year',
    '2027-01-01',
    ['2026-12-01..2026-12-31', '2026-12-25..2026-12-31 rolling', '2026-12-02..2026-12-31 rolling'],
  ],
  [
    'after a short February',
    '2026-03-01',
    ['2026-02-01..2026-02-28', '2026-02-22..2026-02-28 rolling', '2026-01-30..2026-02-28 rolling'],
  ],
])('the windows on %s', (_what, today, expected) => {
  expect(written(reachWindows(today))).toEqual(expected);
});

test.each([
  ['within a month', '2026-10-05', '2026-10-20', ['2026-10-05..2026-10-20']],
  ['exactly a month', '2026-10-01', '2026-10-31', ['2026-10-01..2026-10-31']],
  [
    'two months and a bit',
    '2026-08-15',
    '2026-11-02',
    ['2026-08-15..2026-11-02', '2026-10-01..2026-10-31', '2026-09-01..2026-09-30'],
  ],
  ['a leap February', '2028-02-01', '2028-02-29', ['2028-02-01..2028-02-29']],
  ['one day', '2026-10-31', '2026-10-31', ['2026-10-31..2026-10-31']],
])('the windows of a range: %s', (_what, from, to, expected) => {
  expect(written(reachWindowsOf({ from, to }))).toEqual(expected);
});

test('on any day: whole days of the past, each window once, 7 and 30 days among them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20_000 }), (offset) => {
      const today = addDays('2000-01-01', offset);
      const windows = reachWindows(today);
      const lengths = windows.map(({ from, to }) => daysBetween(from, to) + 1);
      expect(windows.every(({ from, to }) => from <= to && to < today)).toBe(true);
      expect(new Set(windows.map(({ from, to }) => `${from} ${to}`)).size).toBe(windows.length);
      expect(lengths).toEqual(expect.arrayContaining([7, 30]));
      expect(windows.filter((window) => window.rolling).every(({ to }) => addDays(to, 1) === today)).toBe(
        true,
      );
      const months = windows.filter((window) => !window.rolling);
      expect(months.every(({ from, to }) => from.endsWith('-01') && addDays(to, 1).endsWith('-01'))).toBe(
        true,
      );
    }),
  );
});
