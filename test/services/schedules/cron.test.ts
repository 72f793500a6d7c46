import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missedFires } from '../../../src/services/schedules/missed.ts';
import { checkCron, nextFires } from '../../../src/services/schedules/status.ts';

const NOW = new Date('2026-11-20T10:00:00Z');
const iso = (dates: Date[]) => dates.map((date) => date.toISOString());

describe('checkCron', () => {
  it.each(['5 * * * *', '*/10 * * * * *', '0 9 * * MON', '0 2 1 * *', ' 0 1  * * * '])('takes %s', (cron) => {
    expect(() => checkCron(cron, 'Europe/Warsaw', NOW)).not.toThrow();
  });

  it.each([
    ['61 * * * *', 'UTC', 'invalid value for minute: 61'],
    ['* * * *', 'UTC', 'write 5 fields'],
    ['* * * * * * 2027', 'UTC', 'write 5 fields'],
    ['', 'UTC', 'write 5 fields'],
    ['@daily', 'UTC', 'write 5 fields'],
    ['2027-01-01T00:00:00', 'UTC', 'write 5 fields'],
    ['a b c d e', 'UTC', 'illegal characters'],
    ['0 0 30 2 *', 'UTC', 'never due'],
    ['5 * * * *', 'Mars/Olympus', 'no time zone'],
    ['5 * * * *', '', 'no time zone'],
  ])('refuses "%s" in "%s" and says why', (cron, timezone, why) => {
    expect(() => checkCron(cron, timezone, NOW)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', message: expect.stringContaining(why) as string }),
    );
  });
});

it('nextFires lists moments in the zone of the schedule', () => {
  expect(iso(nextFires({ cron: '0 9 * * MON', timezone: 'Asia/Almaty' }, NOW, 2))).toEqual([
    '2026-11-23T04:00:00.000Z',
    '2026-11-30T04:00:00.000Z',
  ]);
});

describe('missedFires', () => {
  const hourly = { cron: '5 * * * *', timezone: 'UTC', now: NOW } as const;

  it.each([
    ['nothing between', '2026-11-20T09:05:00Z', 'EVERY', []],
    ['one', '2026-11-20T08:05:00Z', 'EVERY', ['2026-11-20T09:05:00.000Z']],
    ['the newest', '2026-11-20T06:05:00Z', 'LATEST', ['2026-11-20T09:05:00.000Z']],
    [
      'every one, oldest first',
      '2026-11-20T06:30:00Z',
      'EVERY',
      ['2026-11-20T07:05:00.000Z', '2026-11-20T08:05:00.000Z', '2026-11-20T09:05:00.000Z'],
    ],
  ] as const)('%s since %s with %s', (_, after, policy, expected) => {
    expect(iso(missedFires({ ...hourly, after: new Date(after), policy }))).toEqual(expected);
  });

  it('counts the moment that is now, to the millisecond, and never a later one', () => {
    const at = (now: string) =>
      iso(
        missedFires({
          ...hourly,
          after: new Date('2026-11-20T08:30:00Z'),
          now: new Date(now),
          policy: 'EVERY',
        }),
      );
    expect(at('2026-11-20T09:04:59.999Z')).toEqual([]);
    expect(at('2026-11-20T09:05:00.000Z')).toEqual(['2026-11-20T09:05:00.000Z']);
    expect(at('2026-11-20T09:05:00.001Z')).toEqual(['2026-11-20T09:05:00.000Z']);
  });

  it('runs every moment of the last five seconds: a busy process was not away', () => {
    const late = (seconds: number) =>
      missedFires({
        cron: '* * * * * *',
        timezone: 'UTC',
        after: new Date(NOW.getTime() - seconds * 1000),
        now: NOW,
        policy: 'LATEST',
      }).length;
    expect([1, 5, 6, 7, 3600].map(late)).toEqual([1, 5, 6, 6, 6]);
  });

  it('bounds what it makes up for, to the newest', () => {
    const all = missedFires({
      cron: '* * * * * *',
      timezone: 'UTC',
      after: new Date('2026-11-19T10:00:00Z'),
      now: NOW,
      policy: 'EVERY',
    });
    expect(all).toHaveLength(500);
    expect(all.at(-1)).toEqual(NOW);
  });

  it.each([
    ['gap', '30 2 * * *', 'America/New_York', '2026-03-08', ['2026-03-08T07:00:00.000Z']],
    ['gap', '30 2 * * *', 'Europe/Warsaw', '2026-03-29', ['2026-03-29T01:00:00.000Z']],
    ['overlap', '30 1 * * *', 'America/New_York', '2026-11-01', ['2026-11-01T05:30:00.000Z']],
    ['overlap', '30 2 * * *', 'Europe/Warsaw', '2026-10-25', ['2026-10-25T00:30:00.000Z']],
    ['no change', '30 2 * * *', 'Asia/Almaty', '2026-03-29', ['2026-03-28T21:30:00.000Z']],
  ])('fires once in a %s: %s %s on %s', (_, cron, timezone, day, expected) => {
    const noon = (date: Date) => new Date(date.getTime() + 9 * 3_600_000);
    const midnight = new Date(
      nextFires({ cron: '0 0 * * *', timezone }, new Date(`${day}T00:00:00Z`), 1)[0] ?? 0,
    );
    const start = new Date(
      midnight.getTime() - (midnight > new Date(`${day}T12:00:00Z`) ? 86_400_000 : 0) - 3_600_000,
    );
    const fires = missedFires({ cron, timezone, after: start, now: noon(start), policy: 'EVERY' });
    expect(iso(fires)).toEqual(expected);
  });

  it('finds looking back what looking forward promised', () => {
    const zones = fc.constantFrom(
      'UTC',
      'America/New_York',
      'Europe/Warsaw',
      'Asia/Almaty',
      'Australia/Lord_Howe',
    );
    const crons = fc.constantFrom(
      '5 * * * *',
      '*/10 * * * *',
      '30 2 * * *',
      '0 1 * * *',
      '30 1,2 * * *',
      '0 9 * * MON',
    );
    const year = { min: Date.parse('2026-01-01T00:00:00Z'), max: Date.parse('2026-12-31T00:00:00Z') };
    fc.assert(
      fc.property(
        zones,
        crons,
        fc.integer(year),
        fc.integer({ min: 0, max: 12 * 3_600_000 }),
        (timezone, cron, from, length) => {
          const after = new Date(from);
          const now = new Date(from + length);
          const forward = nextFires({ cron, timezone }, after, 80).filter((fire) => fire <= now);
          expect(iso(missedFires({ cron, timezone, after, now, policy: 'EVERY' }))).toEqual(iso(forward));
        },
      ),
      { numRuns: 100 },
    );
  });
});
