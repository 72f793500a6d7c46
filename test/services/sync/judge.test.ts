import { describe, expect, test } from 'vitest';
import type { AccountDay } from '../../../src/connectors/ads/contract.ts';
import type { DayCame, DayCase, StoredDay } from '../../../src/services/sync/judge.ts';
import { judgeDay, judgeDayAfter } from '../../../src/services/sync/judge.ts';

const AT = new Date('2026-11-20T10:00:00Z');
const ago = (hours: number) => new Date(AT.getTime() - hours * 3_600_000);
const NOTHING: StoredDay = {
  status: null,
  runId: null,
  fetchedAt: null,
  suspectSince: null,
  hasRows: false,
  delivered: false,
};
const ROWS: StoredDay = {
  ...NOTHING,
  status: 'OK',
  runId: 'r0',
  fetchedAt: ago(24),
  hasRows: true,
  delivered: true,
};
const SUSPECT: StoredDay = { ...ROWS, status: 'SUSPECT', runId: 'r0', suspectSince: ago(6) };
const CONFIRMED: StoredDay = {
  ...NOTHING,
  status: 'OK',
  runId: 'r0',
  fetchedAt: ago(1),
  suspectSince: ago(9),
};

function spent(spend: string, currency = 'USD'): DayCame {
  return { delivered: true, spend: new Map([[currency, spend]]) };
}

function total(spend: string, impressions = '0'): AccountDay {
  return { date: '2026-11-19', currency: 'USD', spend, impressions, clicks: '0' };
}

function dayCase(changes: Partial<DayCase>): DayCase {
  return {
    day: '2026-11-19',
    today: '2026-11-20',
    readAt: AT,
    runId: 'r1',
    isSettled: false,
    came: null,
    total: null,
    totalsKnown: true,
    stored: NOTHING,
    dayBeforeDelivered: false,
    ...changes,
  };
}

const OK = { status: 'OK', replace: true, since: null, reason: null };
const kept = 'no rows came where there had been some; they are kept';
const dayBefore = 'no rows came although the day before had delivery';

describe('an empty answer', () => {
  const before = { dayBeforeDelivered: true };
  test.each<[string, Partial<DayCase>, unknown]>([
    ['is nothing special where nothing was', {}, OK],
    ['is believed of a day that is not over', { ...before, day: '2026-11-20', stored: ROWS }, OK],
    ['is not believed after a day with delivery', before, suspect(AT, dayBefore)],
    ['is not believed where something is stored', { stored: ROWS }, suspect(AT, kept)],
    [
      'is not believed against a total with spend',
      { total: total('0.01') },
      suspect(AT, "no rows came, but the account's own total is 0.01 USD and 0 impressions"),
    ],
    [
      'is not believed against a total with impressions',
      { total: total('0', '7') },
      suspect(AT, "no rows came, but the account's own total is 0.00 USD and 7 impressions"),
    ],
    ['is not contradicted by a total of nothing', { total: total('0.00') }, OK],
    ['keeps its first date', { stored: { ...SUSPECT, suspectSince: ago(5.9) } }, suspect(ago(5.9), kept)],
    ['is confirmed by another run six hours later', { stored: SUSPECT }, { ...OK, since: ago(6) }],
    ['is not confirmed by the same run', { stored: { ...SUSPECT, runId: 'r1' } }, suspect(ago(6), kept)],
    [
      'is not confirmed against the total',
      { stored: SUSPECT, total: total('3') },
      suspect(ago(6), "no rows came, but the account's own total is 3.00 USD and 0 impressions"),
    ],
    [
      'is not confirmed by a suspicion about totals: rows had come then',
      { stored: { ...SUSPECT, fetchedAt: ago(6) } },
      suspect(AT, kept),
    ],
    [
      'is confirmed without anything stored',
      { ...before, stored: { ...SUSPECT, fetchedAt: null, hasRows: false } },
      { ...OK, since: ago(6) },
    ],
    ['stays confirmed', { ...before, stored: CONFIRMED }, { ...OK, since: ago(9) }],
    [
      'does not stay confirmed against a total',
      { ...before, stored: CONFIRMED, total: total('3') },
      suspect(AT, "no rows came, but the account's own total is 3.00 USD and 0 impressions"),
    ],
    [
      'looked into before anybody doubted it is doubted now',
      { ...before, stored: { ...CONFIRMED, suspectSince: null } },
      suspect(AT, dayBefore),
    ],
    ['of a settled day is believed when the totals know nothing of it', { ...before, isSettled: true }, OK],
    [
      'of a settled day is not believed without totals',
      { ...before, isSettled: true, totalsKnown: false },
      suspect(AT, dayBefore),
    ],
    [
      'of a settled day never makes rows vanish at first',
      { stored: ROWS, isSettled: true },
      suspect(AT, kept),
    ],
  ])('%s', (_what, changes, expected) => {
    expect(judgeDay(dayCase(changes))).toEqual(expected);
  });
});

describe('rows', () => {
  const told = (own: string, sum: string) =>
    `the account's own total is ${own} USD, its campaigns add up to ${sum} USD`;
  const doubted = (since: Date, reason: string) => ({ status: 'SUSPECT', replace: true, since, reason });
  test.each<[string, Partial<DayCase>, unknown]>([
    ['clear every suspicion', { came: spent('1'), stored: SUSPECT }, OK],
    ['are believed without a total', { came: spent('100') }, OK],
    [
      'that differ by more than a hundredth and more than one',
      { came: spent('100'), total: total('120') },
      doubted(AT, told('120.00', '100.00')),
    ],
    [
      'that are more than the total',
      { came: spent('120.5'), total: total('100') },
      doubted(AT, told('100.00', '120.50')),
    ],
    ['that differ by one exactly', { came: spent('4.35'), total: total('3.35') }, OK],
    [
      'that differ by more than one',
      { came: spent('4.36'), total: total('3.35') },
      doubted(AT, told('3.35', '4.36')),
    ],
    ['that differ by a hundredth exactly', { came: spent('990'), total: total('1000') }, OK],
    [
      'that differ by more than a hundredth',
      { came: spent('989.99'), total: total('1000') },
      doubted(AT, told('1000.00', '989.99')),
    ],
    [
      'that spent nothing against a total',
      { came: { delivered: false, spend: new Map([['USD', '0']]) }, total: total('2') },
      doubted(AT, told('2.00', '0.00')),
    ],
    ['of today differ as they like', { came: spent('100'), total: total('500'), day: '2026-11-20' }, OK],
    ['in another currency cannot be compared', { came: spent('100', 'KZT'), total: total('500') }, OK],
    [
      'in two currencies cannot be compared',
      {
        came: {
          delivered: true,
          spend: new Map([
            ['USD', '100'],
            ['KZT', '1'],
          ]),
        },
        total: total('500'),
      },
      OK,
    ],
    [
      'that still differ keep their first date',
      { came: spent('100'), total: total('120'), stored: { ...SUSPECT, fetchedAt: ago(2) } },
      doubted(ago(6), told('120.00', '100.00')),
    ],
    [
      'that end an emptiness and differ are doubted from now on',
      { came: spent('100'), total: total('120'), stored: SUSPECT },
      doubted(AT, told('120.00', '100.00')),
    ],
  ])('%s', (_what, changes, expected) => {
    expect(judgeDay(dayCase(changes))).toEqual(expected);
  });
});

describe('the day after a stored window', () => {
  const read: StoredDay = { ...NOTHING, status: 'OK', runId: 'r1', fetchedAt: AT };
  test.each<[string, Partial<DayCase>, unknown]>([
    ['was read empty by this run', { stored: read }, suspect(AT, dayBefore)],
    ['has rows', { stored: { ...read, hasRows: true } }, null],
    ['was confirmed', { stored: { ...read, suspectSince: ago(9) } }, null],
    ['was read by another run', { stored: { ...read, runId: 'r0' } }, null],
    ['is not over', { stored: read, day: '2026-11-20' }, null],
    ['has a day before without delivery', { stored: read, dayBeforeDelivered: false }, null],
  ])('%s', (_what, changes, expected) => {
    expect(judgeDayAfter(dayCase({ dayBeforeDelivered: true, ...changes }))).toEqual(expected);
  });
});

function suspect(since: Date, reason: string) {
  return { status: 'SUSPECT', replace: false, since, reason };
}
