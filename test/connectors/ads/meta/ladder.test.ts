import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Symptom } from '../../../../src/connectors/ads/meta/errors.ts';
import type { Rung } from '../../../../src/connectors/ads/meta/ladder.ts';
import { halvesOfDays, nextRung, partsByCampaign } from '../../../../src/connectors/ads/meta/ladder.ts';
import type { Question } from '../../../../src/connectors/ads/meta/question.ts';
import { widthOf } from '../../../../src/connectors/ads/meta/question.ts';
import { addDays, daysOf } from '../../../../src/lib/days.ts';

const WIDE: Question = {
  level: 'ad',
  from: '2026-10-01',
  to: '2026-10-31',
  campaigns: null,
  way: 'REPORT',
  restarted: false,
  apart: false,
};
const DAY: Question = { ...WIDE, to: WIDE.from };
const ALL = { daily: true, actions: true };
const SYMPTOMS: Symptom[] = ['TOO_SLOW', 'TOO_MUCH', 'FAILED', 'SKIPPED', 'LOST', 'STUCK'];

describe('nextRung', () => {
  test.each<[string, Partial<Question>, Symptom, Rung]>([
    ['an answer at once that takes too long', { way: 'SYNC' }, 'TOO_SLOW', 'REPORT'],
    ['an answer at once that is too large', { way: 'SYNC' }, 'TOO_MUCH', 'REPORT'],
    ['a report that failed', {}, 'FAILED', 'RESTART'],
    ['a report that expired', {}, 'SKIPPED', 'RESTART'],
    ['a report that is gone', {}, 'LOST', 'RESTART'],
    ['a report that hangs', {}, 'STUCK', 'RESTART'],
    ['a report that took too long', {}, 'TOO_SLOW', 'RESTART'],
    ['a report that is too large', {}, 'TOO_MUCH', 'DAYS'],
    ['failed twice', { restarted: true }, 'FAILED', 'DAYS'],
    ['one day', { to: DAY.to, restarted: true }, 'STUCK', 'CAMPAIGNS'],
    ['one day, too large', { to: DAY.to }, 'TOO_MUCH', 'CAMPAIGNS'],
    ['one day, two campaigns', { to: DAY.to, restarted: true, campaigns: ['1', '2'] }, 'FAILED', 'CAMPAIGNS'],
    ['one day, one campaign', { to: DAY.to, restarted: true, campaigns: ['1'] }, 'FAILED', 'APART'],
    [
      'one day, nobody knows which campaigns',
      { to: DAY.to, restarted: true, campaigns: [] },
      'LOST',
      'APART',
    ],
    [
      'the smallest of all',
      { to: DAY.to, way: 'SYNC', restarted: true, campaigns: ['1'], apart: true },
      'TOO_SLOW',
      'GIVE_UP',
    ],
    ['a day of the account', { to: DAY.to, restarted: true, level: 'account' }, 'FAILED', 'APART'],
  ])('%s', (_name, more, symptom, rung) => {
    expect(nextRung({ ...WIDE, ...more }, symptom, ALL)).toBe(rung);
  });

  test('without days there is nothing to halve, without actions nothing to take apart', () => {
    const failed = { ...WIDE, restarted: true };
    expect(nextRung(failed, 'FAILED', { daily: false, actions: true })).toBe('CAMPAIGNS');
    expect(nextRung({ ...failed, level: 'account' }, 'FAILED', { daily: false, actions: false })).toBe(
      'GIVE_UP',
    );
  });

  test('whatever goes wrong, it ends after few steps, and days are asked one by one before it does', () => {
    const anything = fc.array(fc.constantFrom(...SYMPTOMS), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(anything, fc.integer({ min: 0, max: 60 }), (symptoms, width) => {
        let asked: Question = { ...WIDE, to: addDays(WIDE.from, width) };
        const steps = symptoms.findIndex((symptom) => {
          const rung = nextRung(asked, symptom, ALL);
          if (rung === 'REPORT') asked = { ...asked, way: 'REPORT' };
          if (rung === 'RESTART') asked = { ...asked, restarted: true };
          if (rung === 'DAYS') asked = halvesOfDays(asked, 7)[0] ?? asked;
          if (rung === 'CAMPAIGNS')
            asked = partsByCampaign(asked, asked.campaigns ?? ['1', '2', '3'], 7)[0] ?? asked;
          if (rung === 'APART') asked = { ...asked, way: 'SYNC', apart: true };
          return rung === 'GIVE_UP';
        });
        expect(steps).toBeGreaterThan(0);
        expect([widthOf(asked), asked.campaigns?.length]).toEqual([1, 1]);
      }),
    );
  });
});

describe('splitting', () => {
  test('the halves of a range are the range, none is empty, narrow ones are asked at once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (more) => {
        const asked = { ...WIDE, to: addDays(WIDE.from, more) };
        const halves = halvesOfDays(asked, 7);
        expect(halves.flatMap((half) => daysOf(half))).toEqual(daysOf(asked));
        expect(halves.map((half) => half.way)).toEqual(
          halves.map((half) => (widthOf(half) <= 7 ? 'SYNC' : 'REPORT')),
        );
        expect(Math.abs(widthOf(halves[0] ?? asked) - widthOf(halves[1] ?? asked))).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('parts by campaign name every campaign once, at most fifty each, fewer than before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), (count) => {
        const ids = Array.from({ length: count }, (_, place) => String(place));
        const parts = partsByCampaign(DAY, ids, 7).map((part) => part.campaigns ?? []);
        expect(parts.flat()).toEqual(ids);
        const largest = Math.max(...parts.map((part) => part.length));
        expect(largest).toBeLessThanOrEqual(50);
        if (count > 1) expect(largest).toBeLessThan(count);
      }),
    );
  });
});
