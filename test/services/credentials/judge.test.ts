import { describe, expect, it } from 'vitest';
import type { Checked, CredentialState } from '../../../src/services/credentials/judge.ts';
import { isNews, judgeCheck, stageOf, warningOf } from '../../../src/services/credentials/judge.ts';

const NOW = new Date('2026-11-20T10:00:00Z');
const at = (text: string) => new Date(`${text}Z`);
const remedy = 'connect Facebook again';

describe('the warning', () => {
  it.each([
    ['2026-12-05T00:00:00', null],
    ['2026-12-04T23:59:59', 'expires in 14 days on 2026-12-04: connect Facebook again'],
    ['2026-11-28T00:00:00', 'expires in 8 days on 2026-11-28: connect Facebook again'],
    ['2026-11-27T08:00:00', 'expires in 7 days on 2026-11-27: connect Facebook again'],
    ['2026-11-22T08:00:00', 'expires in 2 days on 2026-11-22: connect Facebook again'],
    ['2026-11-21T08:00:00', 'expires in 1 day on 2026-11-21: connect Facebook again'],
    ['2026-11-20T18:00:00', 'expires today on 2026-11-20: connect Facebook again'],
  ])('of one that ends at %s', (end, warning) => {
    expect(warningOf({ status: 'VALID', expiresAt: at(end), remedy }, NOW)).toBe(warning);
  });

  it.each<[CredentialState['status'], Date | null, string | undefined, string | null]>([
    ['VALID', null, undefined, null],
    [
      'EXPIRED',
      at('2026-11-19T08:00:00'),
      'Session has expired.',
      'expired on 2026-11-19: connect Facebook again',
    ],
    ['EXPIRED', null, undefined, 'expired: connect Facebook again'],
    ['REVOKED', null, undefined, 'is not valid any more: connect Facebook again'],
    ['REVOKED', at('2027-01-01T00:00:00'), 'Gone.', 'is not valid any more: connect Facebook again (Gone)'],
  ])('of one that is %s until %s', (status, expiresAt, reason, warning) => {
    expect(warningOf({ status, expiresAt, remedy, reason }, NOW)).toBe(warning);
  });
});

it.each([
  ['2026-12-05T00:00:00', null],
  ['2026-12-04T23:00:00', 14],
  ['2026-11-28T00:00:00', 14],
  ['2026-11-27T23:00:00', 7],
  ['2026-11-22T00:00:00', 7],
  ['2026-11-21T23:00:00', 1],
  ['2026-11-20T11:00:00', 1],
])('an end at %s is in stage %s', (end, stage) => {
  expect(stageOf(at(end), NOW)).toBe(stage);
});

describe('what is kept of an answer', () => {
  const known: CredentialState = {
    status: 'VALID',
    scopes: ['ads_read'],
    expiresAt: at('2026-12-01T00:00:00'),
  };
  const dead = { valid: false, scopes: [], expiresAt: null };

  it('a new end and new scopes', () => {
    const check = { valid: true, scopes: ['a', 'b'], expiresAt: at('2027-01-01T00:00:00') };
    expect(judgeCheck(check, known, NOW)).toEqual({
      status: 'VALID',
      scopes: ['a', 'b'],
      expiresAt: check.expiresAt,
    });
  });

  it('the known end when the platform does not say one, unless it has passed', () => {
    const check = { valid: true, scopes: ['ads_read'], expiresAt: null };
    expect(judgeCheck(check, known, NOW).expiresAt).toEqual(known.expiresAt);
    const past = { ...known, expiresAt: at('2026-11-20T09:00:00') };
    expect(judgeCheck(check, past, NOW)).toMatchObject({ status: 'VALID', expiresAt: null });
  });

  it('EXPIRED when its end has come, REVOKED when it died before; scopes stay for people to see', () => {
    expect(judgeCheck(dead, known, NOW)).toEqual({ ...known, status: 'REVOKED' });
    const past = { ...known, expiresAt: at('2026-11-20T09:00:00') };
    expect(judgeCheck(dead, past, NOW)).toEqual({ ...past, status: 'EXPIRED' });
    const told = { ...dead, expiresAt: at('2026-11-20T10:00:00') };
    expect(judgeCheck(told, known, NOW).status).toBe('EXPIRED');
  });
});

describe('what the log says', () => {
  const soon = { status: 'VALID' as const, scopes: [], expiresAt: at('2026-11-26T10:00:00') };
  const before = (checkedAt: string | null, changes: Partial<Checked> = {}): Checked => ({
    ...soon,
    checkedAt: checkedAt === null ? null : at(checkedAt),
    warning: 'expires soon',
    ...changes,
  });

  it.each<[string, Checked, boolean]>([
    ['never asked before', before(null), true],
    ['never said before', before('2026-11-20T09:00:00', { warning: null }), true],
    ['asked in an earlier stage', before('2026-11-18T10:00:00'), true],
    ['asked yesterday, in the same stage', before('2026-11-19T10:00:00'), false],
    ['asked today', before('2026-11-20T09:59:00'), false],
    ['it was not valid yesterday', before('2026-11-19T10:00:00', { status: 'REVOKED' }), true],
    ['the end was not known', before('2026-11-19T10:00:00', { expiresAt: null }), true],
  ])('%s', (_what, known, news) => {
    expect(isNews(known, soon, NOW)).toBe(news);
  });

  it('always what is not valid, never what is well', () => {
    const known = before('2026-11-20T09:00:00');
    expect(isNews(known, { ...soon, status: 'EXPIRED' }, NOW)).toBe(true);
    expect(isNews(known, { ...soon, expiresAt: at('2027-02-01T00:00:00') }, NOW)).toBe(false);
    expect(isNews(known, { ...soon, expiresAt: null }, NOW)).toBe(false);
  });
});
