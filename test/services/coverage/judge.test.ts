import { describe, expect, it } from 'vitest';
import { judgeCoverage, missingReason } from '../../../src/services/coverage/judge.ts';

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
  const row = {
    account_id: 'a',
    date: '2026-10-09',
    failure_class: null,
    failure_reason: null,
    status: null,
  };
  it('is that it was never asked for', () => expect(missingReason(row, now, 'UTC')).toMatch(/^NOT_FETCHED/));
  it('is what failed', () => {
    const failed = {
      ...row,
      status: 'FAILED',
      failure_class: 'REAUTHORIZE',
      failure_reason: 'token expired',
    };
    expect(missingReason(failed, now, 'UTC')).toBe('REAUTHORIZE: token expired');
  });
  it('is that the day has not begun in the zone of the account', () => {
    const today = { ...row, date: '2026-10-11' };
    expect(missingReason(today, now, 'UTC')).toMatch(/^FUTURE/);
    expect(missingReason(today, now, 'Pacific/Kiritimati')).toMatch(/^NOT_FETCHED/);
  });
});
