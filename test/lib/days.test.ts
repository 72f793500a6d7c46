import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  addMonths,
  dayOf,
  daysBetween,
  daysOf,
  intersect,
  isDay,
  isTimezone,
} from '../../src/lib/days.ts';

const anyDay = fc
  .date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2099-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe('days', () => {
  it.each([
    ['2026-02-28', true],
    ['2026-02-29', false],
    ['2028-02-29', true],
    ['2026-13-01', false],
    ['2026-1-01', false],
    ['2026-10-01T00:00', false],
    ['', false],
  ])('%s is a day: %s', (text, expected) => expect(isDay(text)).toBe(expected));

  it.each([
    ['2026-10-31T23:30:00Z', 'Asia/Almaty', '2026-11-01'],
    ['2026-10-31T03:30:00Z', 'America/New_York', '2026-10-30'],
    ['2026-10-31T10:30:00Z', 'Pacific/Kiritimati', '2026-11-01'],
    ['2026-10-31T10:30:00Z', 'Pacific/Honolulu', '2026-10-31'],
    // The hour that Warsaw has twice, and the one New York leaves out.
    ['2026-10-25T00:30:00Z', 'Europe/Warsaw', '2026-10-25'],
    ['2026-03-08T07:00:00Z', 'America/New_York', '2026-03-08'],
  ])('%s in %s is %s', (instant, zone, day) => expect(dayOf(new Date(instant), zone)).toBe(day));

  it.each([
    ['Europe/Warsaw', true],
    ['UTC', true],
    ['Mars/Olympus', false],
    ['+05:00', false],
    ['', false],
  ])('%s is a zone: %s', (name, expected) => expect(isTimezone(name)).toBe(expected));

  it('counts back what it counted forth', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: -4000, max: 4000 }), (day, n) => {
        expect(daysBetween(day, addDays(day, n))).toBe(n);
      }),
    );
  });

  it('lists every day of a range once, in order', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: 0, max: 800 }), (from, n) => {
        const days = daysOf({ from, to: addDays(from, n) });
        expect(days).toHaveLength(n + 1);
        expect(days).toEqual([...new Set(days)].toSorted());
      }),
    );
  });

  it('keeps the month end inside the month', () => {
    expect(addMonths('2026-03-31', -1)).toBe('2026-02-28');
    expect(addMonths('2026-11-20', -37)).toBe('2023-10-20');
  });

  it('intersects as sets do', () => {
    const range = fc
      .tuple(anyDay, fc.integer({ min: 0, max: 90 }))
      .map(([from, n]) => ({ from, to: addDays(from, n) }));
    fc.assert(
      fc.property(range, range, (a, b) => {
        const both = intersect(a, b);
        const expected = daysOf(a).filter((day) => day >= b.from && day <= b.to);
        expect(both ? daysOf(both) : []).toEqual(expected);
      }),
    );
  });
});
