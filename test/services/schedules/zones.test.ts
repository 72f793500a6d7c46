import { expect, it } from 'vitest';
import { missedFires } from '../../../src/services/schedules/missed.ts';
import { nextFires } from '../../../src/services/schedules/status.ts';

const DAILY = '30 2 * * *';
const HOURLY = '0 * * * *';
const MONTHLY = '0 2 1 * *';
const QUARTERS = '*/15 * * * *';

/**
 * Written by hand from the zones' rules (tz database, 2024a and later): a fixed time that a clock leaps over fires when
 * the leap is over, one that it shows twice fires the first time, intervals go on in real time. Moments in
 * `from < moment <= to`.
 */
const TABLE: [zone: string, cron: string, window: string, moments: string][] = [
  // Poland: +1, +2 in summer. 2026-03-29 02:00 -> 03:00 and 2026-10-25 03:00 -> 02:00, both at 01:00 UTC.
  [
    'Europe/Warsaw',
    DAILY,
    '2026-03-27T12:00 2026-03-30T12:00',
    '2026-03-28T01:30 2026-03-29T01:00 2026-03-30T00:30',
  ],
  [
    'Europe/Warsaw',
    DAILY,
    '2026-10-23T12:00 2026-10-26T12:00',
    '2026-10-24T00:30 2026-10-25T00:30 2026-10-26T01:30',
  ],
  [
    'Europe/Warsaw',
    HOURLY,
    '2026-03-28T23:30 2026-03-29T03:30',
    '2026-03-29T00:00 2026-03-29T01:00 2026-03-29T02:00 2026-03-29T03:00',
  ],
  [
    'Europe/Warsaw',
    HOURLY,
    '2026-10-24T23:30 2026-10-25T03:30',
    '2026-10-25T00:00 2026-10-25T01:00 2026-10-25T02:00 2026-10-25T03:00',
  ],
  [
    'Europe/Warsaw',
    MONTHLY,
    '2026-02-15T00:00 2026-05-15T00:00',
    '2026-03-01T01:00 2026-04-01T00:00 2026-05-01T00:00',
  ],
  [
    'Europe/Warsaw',
    MONTHLY,
    '2026-09-15T00:00 2026-12-15T00:00',
    '2026-10-01T00:00 2026-11-01T01:00 2026-12-01T01:00',
  ],
  [
    'Europe/Warsaw',
    QUARTERS,
    '2026-03-29T00:40 2026-03-29T01:40',
    '2026-03-29T00:45 2026-03-29T01:00 2026-03-29T01:15 2026-03-29T01:30',
  ],
  [
    'Europe/Warsaw',
    QUARTERS,
    '2026-10-25T00:40 2026-10-25T01:40',
    '2026-10-25T00:45 2026-10-25T01:00 2026-10-25T01:15 2026-10-25T01:30',
  ],
  // New York: -5, -4 in summer. 2026-03-08 02:00 -> 03:00 at 07:00 UTC, 2026-11-01 02:00 -> 01:00 at 06:00 UTC.
  [
    'America/New_York',
    DAILY,
    '2026-03-06T12:00 2026-03-09T12:00',
    '2026-03-07T07:30 2026-03-08T07:00 2026-03-09T06:30',
  ],
  [
    'America/New_York',
    DAILY,
    '2026-10-30T12:00 2026-11-02T12:00',
    '2026-10-31T06:30 2026-11-01T07:30 2026-11-02T07:30',
  ],
  [
    'America/New_York',
    '30 1 * * *',
    '2026-10-30T12:00 2026-11-02T12:00',
    '2026-10-31T05:30 2026-11-01T05:30 2026-11-02T06:30',
  ],
  [
    'America/New_York',
    HOURLY,
    '2026-03-08T05:30 2026-03-08T08:30',
    '2026-03-08T06:00 2026-03-08T07:00 2026-03-08T08:00',
  ],
  [
    'America/New_York',
    HOURLY,
    '2026-11-01T04:30 2026-11-01T08:30',
    '2026-11-01T05:00 2026-11-01T06:00 2026-11-01T07:00 2026-11-01T08:00',
  ],
  ['America/New_York', MONTHLY, '2026-02-15T00:00 2026-04-15T00:00', '2026-03-01T07:00 2026-04-01T06:00'],
  [
    'America/New_York',
    MONTHLY,
    '2026-09-15T00:00 2026-12-15T00:00',
    '2026-10-01T06:00 2026-11-01T07:00 2026-12-01T07:00',
  ],
  [
    'America/New_York',
    QUARTERS,
    '2026-03-08T06:40 2026-03-08T07:20',
    '2026-03-08T06:45 2026-03-08T07:00 2026-03-08T07:15',
  ],
  [
    'America/New_York',
    QUARTERS,
    '2026-11-01T05:40 2026-11-01T06:20',
    '2026-11-01T05:45 2026-11-01T06:00 2026-11-01T06:15',
  ],
  // Lord Howe: +10:30, +11 in summer: half an hour. 2026-04-05 02:00 -> 01:30 at 15:00 UTC the day before, 2026-10-04
  // 02:00 -> 02:30 at 15:30 UTC the day before.
  [
    'Australia/Lord_Howe',
    DAILY,
    '2026-04-03T00:00 2026-04-06T00:00',
    '2026-04-03T15:30 2026-04-04T16:00 2026-04-05T16:00',
  ],
  [
    'Australia/Lord_Howe',
    DAILY,
    '2026-10-02T00:00 2026-10-05T00:00',
    '2026-10-02T16:00 2026-10-03T15:30 2026-10-04T15:30',
  ],
  [
    'Australia/Lord_Howe',
    '15 2 * * *',
    '2026-10-02T00:00 2026-10-05T00:00',
    '2026-10-02T15:45 2026-10-03T15:30 2026-10-04T15:15',
  ],
  [
    'Australia/Lord_Howe',
    '45 1 * * *',
    '2026-04-03T00:00 2026-04-06T00:00',
    '2026-04-03T14:45 2026-04-04T14:45 2026-04-05T15:15',
  ],
  [
    'Australia/Lord_Howe',
    HOURLY,
    '2026-04-04T13:30 2026-04-04T17:00',
    '2026-04-04T14:00 2026-04-04T15:30 2026-04-04T16:30',
  ],
  [
    'Australia/Lord_Howe',
    HOURLY,
    '2026-10-03T14:00 2026-10-03T17:10',
    '2026-10-03T14:30 2026-10-03T16:00 2026-10-03T17:00',
  ],
  ['Australia/Lord_Howe', MONTHLY, '2026-03-15T00:00 2026-05-15T00:00', '2026-03-31T15:00 2026-04-30T15:30'],
  ['Australia/Lord_Howe', MONTHLY, '2026-09-15T00:00 2026-11-15T00:00', '2026-09-30T15:30 2026-10-31T15:00'],
  [
    'Australia/Lord_Howe',
    QUARTERS,
    '2026-04-04T14:40 2026-04-04T15:40',
    '2026-04-04T14:45 2026-04-04T15:00 2026-04-04T15:15 2026-04-04T15:30',
  ],
  [
    'Australia/Lord_Howe',
    QUARTERS,
    '2026-10-03T15:10 2026-10-03T15:50',
    '2026-10-03T15:15 2026-10-03T15:30 2026-10-03T15:45',
  ],
  // São Paulo: -3, without summer time since 2019. 2018-11-04 00:00 -> 01:00 at 03:00 UTC, 2019-02-17 00:00 -> 23:00
  // the evening before, at 02:00 UTC.
  ['America/Sao_Paulo', DAILY, '2026-10-31T00:00 2026-11-02T00:00', '2026-10-31T05:30 2026-11-01T05:30'],
  [
    'America/Sao_Paulo',
    '30 0 * * *',
    '2018-11-03T00:00 2018-11-05T12:00',
    '2018-11-03T03:30 2018-11-04T03:00 2018-11-05T02:30',
  ],
  [
    'America/Sao_Paulo',
    '30 23 * * *',
    '2019-02-15T12:00 2019-02-18T12:00',
    '2019-02-16T01:30 2019-02-17T01:30 2019-02-18T02:30',
  ],
  [
    'America/Sao_Paulo',
    HOURLY,
    '2026-11-01T02:30 2026-11-01T05:30',
    '2026-11-01T03:00 2026-11-01T04:00 2026-11-01T05:00',
  ],
  ['America/Sao_Paulo', MONTHLY, '2026-10-15T00:00 2026-12-15T00:00', '2026-11-01T05:00 2026-12-01T05:00'],
  ['America/Sao_Paulo', QUARTERS, '2026-11-01T02:50 2026-11-01T03:20', '2026-11-01T03:00 2026-11-01T03:15'],
  // Almaty: +6 until 2024-03-01 00:00 -> 2024-02-29 23:00, at 18:00 UTC; +5 since.
  [
    'Asia/Almaty',
    DAILY,
    '2024-02-28T00:00 2024-03-02T00:00',
    '2024-02-28T20:30 2024-02-29T21:30 2024-03-01T21:30',
  ],
  [
    'Asia/Almaty',
    '30 23 * * *',
    '2024-02-28T00:00 2024-03-02T00:00',
    '2024-02-28T17:30 2024-02-29T17:30 2024-03-01T18:30',
  ],
  [
    'Asia/Almaty',
    HOURLY,
    '2024-02-29T16:30 2024-02-29T19:30',
    '2024-02-29T17:00 2024-02-29T18:00 2024-02-29T19:00',
  ],
  [
    'Asia/Almaty',
    MONTHLY,
    '2024-01-15T00:00 2024-04-15T00:00',
    '2024-01-31T20:00 2024-02-29T21:00 2024-03-31T21:00',
  ],
  [
    'Asia/Almaty',
    QUARTERS,
    '2024-02-29T17:40 2024-02-29T18:20',
    '2024-02-29T17:45 2024-02-29T18:00 2024-02-29T18:15',
  ],
  // Samoa: +13, +14 in summer until 2021. 2020-09-27 03:00 -> 04:00 at 14:00 UTC the day before, 2021-04-04 04:00 ->
  // 03:00 at 14:00 UTC the day before.
  [
    'Pacific/Apia',
    DAILY,
    '2020-09-25T00:00 2020-09-28T00:00',
    '2020-09-25T13:30 2020-09-26T13:30 2020-09-27T12:30',
  ],
  [
    'Pacific/Apia',
    DAILY,
    '2021-04-02T00:00 2021-04-05T00:00',
    '2021-04-02T12:30 2021-04-03T12:30 2021-04-04T13:30',
  ],
  [
    'Pacific/Apia',
    '30 3 * * *',
    '2020-09-25T00:00 2020-09-28T00:00',
    '2020-09-25T14:30 2020-09-26T14:00 2020-09-27T13:30',
  ],
  [
    'Pacific/Apia',
    '30 3 * * *',
    '2021-04-02T00:00 2021-04-05T00:00',
    '2021-04-02T13:30 2021-04-03T13:30 2021-04-04T14:30',
  ],
  [
    'Pacific/Apia',
    HOURLY,
    '2021-04-03T12:30 2021-04-03T15:30',
    '2021-04-03T13:00 2021-04-03T14:00 2021-04-03T15:00',
  ],
  ['Pacific/Apia', MONTHLY, '2021-03-15T00:00 2021-05-15T00:00', '2021-03-31T12:00 2021-04-30T13:00'],
  [
    'Pacific/Apia',
    QUARTERS,
    '2020-09-26T13:40 2020-09-26T14:20',
    '2020-09-26T13:45 2020-09-26T14:00 2020-09-26T14:15',
  ],
  // The Line Islands: +14, the first to begin a month.
  ['Pacific/Kiritimati', MONTHLY, '2026-10-15T00:00 2026-12-15T00:00', '2026-10-31T12:00 2026-11-30T12:00'],
];

const utc = (text: string) => new Date(`${text}:00Z`);
const minutes = (moments: readonly Date[]) => moments.map((moment) => moment.toISOString().slice(0, 16));

it.each(TABLE)('%s, "%s" in %s', (timezone, cron, window, listed) => {
  const [from = '', to = ''] = window.split(' ');
  const moments = listed.split(' ');
  const ahead = nextFires({ cron, timezone }, utc(from), moments.length + 1);
  expect(minutes(ahead.filter((moment) => moment <= utc(to)))).toEqual(moments);
  // What is caught up afterwards is what would have fired.
  const missed = missedFires({ cron, timezone, after: utc(from), now: utc(to), policy: 'EVERY' });
  expect(minutes(missed)).toEqual(moments);
});
