import { describe, expect, it } from 'vitest';
import type { Asked } from '../../../src/services/coverage/judge.ts';
import { judgeCoverage, missingReason } from '../../../src/services/coverage/judge.ts';
import type { MissingSliceRow } from '../../../src/services/coverage/sql.ts';

const RANGE = { from: '2026-10-01', to: '2026-10-10' };
const account = (present: number, through: string | null, final = 0) => ({
  account_id: `a${present}`,
  present,
  final,
  data_through: through,
});

describe('coverage', () => {
  it('is complete when every account has every day', () => {
    expect(judgeCoverage([account(10, '2026-10-10', 4), account(10, '2026-10-10')], RANGE)).toEqual({
      expectedSlices: 20,
      presentSlices: 20,
      finalSlices: 4,
      dataThrough: '2026-10-10',
      complete: true,
    });
  });

  it('reaches only as far as the account that is furthest behind', () => {
    expect(judgeCoverage([account(10, '2026-10-10'), account(4, '2026-10-03')], RANGE)).toMatchObject({
      dataThrough: '2026-10-03',
      complete: false,
    });
  });

  it('reaches nowhere when an account lacks the first day', () => {
    expect(judgeCoverage([account(10, '2026-10-10'), account(9, null)], RANGE).dataThrough).toBeNull();
  });

  it('without any account nothing is known, so nothing is complete', () => {
    expect(judgeCoverage([], RANGE)).toMatchObject({ expectedSlices: 0, complete: false, dataThrough: null });
  });
});

describe('the reason of a missing slice', () => {
  const now = new Date('2026-10-10T12:00:00Z');
  const account: Asked = { timezone: 'UTC', pausedUntil: null, pauseReason: null };
  const paused = { ...account, pausedUntil: new Date('2026-10-10T13:30:00Z'), pauseReason: 'too many calls' };
  const row: MissingSliceRow = {
    account_id: 'a',
    date: '2026-10-09',
    status: null,
    attempted_at: null,
    first_fetched_at: null,
    failure_class: null,
    failure_reason: null,
    suspect_reason: null,
  };
  const waiting = { ...row, status: 'FAILED', failure_class: 'WAIT', failure_reason: 'code 17' };
  const suspect = { ...row, status: 'SUSPECT', suspect_reason: 'no rows, and 12 the day before' };
  const reason = (of: MissingSliceRow, by: Asked = account) => missingReason(of, by, { now, asOf: null });

  it('is that it was never asked for', () => expect(reason(row)).toMatch(/^NOT_FETCHED: .*never/));
  it('is what failed', () => {
    const failed = { ...waiting, failure_class: 'REAUTHORIZE', failure_reason: 'token expired' };
    expect(reason(failed)).toBe('REAUTHORIZE: token expired');
  });
  it('is until when the platform takes no calls', () => {
    const until =
      'the platform takes no calls for this account until 2026-10-10T13:30:00.000Z (too many calls)';
    expect(reason(waiting, paused)).toBe(`WAIT: ${until}`);
    expect(reason(row, paused)).toBe(`WAIT: this day was never asked for, and ${until}`);
  });
  it('is what failed once the pause is over', () => {
    expect(reason(waiting, { ...paused, pausedUntil: now })).toBe('WAIT: code 17');
  });
  it('is why it is suspicious, and what became of asking again', () => {
    expect(reason(suspect)).toBe('SUSPECT: no rows, and 12 the day before');
    expect(reason({ ...suspect, suspect_reason: null })).toMatch(/^SUSPECT: .*delivery was expected/);
    const again = { ...suspect, failure_class: 'RETRY', failure_reason: 'HTTP 500' };
    expect(reason(again)).toBe('SUSPECT: no rows, and 12 the day before; asked again: RETRY: HTTP 500');
  });
  it('is that the day has not begun in the zone of the account', () => {
    const today = { ...row, date: '2026-10-11' };
    expect(reason(today, paused)).toMatch(/^FUTURE/);
    expect(reason(today, { ...account, timezone: 'Pacific/Kiritimati' })).toMatch(/^NOT_FETCHED/);
  });

  describe('as of a moment', () => {
    const asOf = new Date('2026-10-09T12:00:00Z');
    const then = (of: MissingSliceRow) => missingReason(of, paused, { now, asOf });

    it('is of that moment: the day had not begun, or was read only later', () => {
      expect(then({ ...row, date: '2026-10-10' })).toMatch(/^FUTURE/);
      const read = { ...row, first_fetched_at: now };
      expect(then(read)).toBe(
        'NOT_FETCHED: the day was read for the first time at 2026-10-10T12:00:00.000Z, after that moment',
      );
    });
    it('is a failure only when it was one then, and no pause of today', () => {
      const failedAt = (at: Date) => ({ ...waiting, attempted_at: at });
      expect(then(failedAt(asOf))).toBe('WAIT: code 17');
      expect(then(failedAt(now))).toMatch(/^NOT_FETCHED/);
      expect(then(row)).toMatch(/^NOT_FETCHED/);
    });
  });
});
