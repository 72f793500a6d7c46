import { describe, expect, it } from 'vitest';
import { ConnectorError, FAILURES } from '../../src/connectors/errors.ts';
import { AppError } from '../../src/errors.ts';
import type { RunTrigger } from '../../src/db/enums.ts';
import type { Failure } from '../../src/jobs/judge.ts';
import { decideEnd, decideRetry, judgeFailure } from '../../src/jobs/judge.ts';
import { AccountPaused } from '../../src/services/accounts/pause.ts';

const NOW = new Date('2026-11-20T10:00:00Z');
const withCode = (code: string) => Object.assign(new Error('text with a secret'), { code });

it.each(FAILURES)('keeps the class of a platform failure: %s', (failure) => {
  expect(judgeFailure(new ConnectorError('Say why.', { failure }))).toMatchObject({
    errorClass: failure,
    reason: 'Say why.',
  });
});

it.each([
  withCode('57P01'),
  withCode('08006'),
  withCode('40P01'),
  withCode('53300'),
  withCode('ECONNREFUSED'),
  new Error('Connection terminated unexpectedly'),
])('tries again when the database was away: %o', (error) => {
  expect(judgeFailure(error)).toMatchObject({
    errorClass: 'RETRY',
    reason: 'The database was away for a moment.',
  });
});

it.each([
  new TypeError('x'),
  withCode('23505'),
  withCode('42601'),
  'text',
  undefined,
  new AppError('INTERNAL', 'x'),
])('takes the rest for a mistake and repeats nothing of it: %o', (error) => {
  expect(judgeFailure(error)).toEqual({ errorClass: 'INTERNAL', reason: '', retryAt: null });
});

it('has something to mend when a service refuses', () => {
  expect(judgeFailure(new AppError('NOT_FOUND', 'No such account.'))).toMatchObject({ errorClass: 'FIX' });
});

const minutes = (count: number) => new Date(NOW.getTime() + count * 60_000);

it.each([
  ['RETRY', null, 0, 7_500],
  ['RETRY', null, 1, 30_000],
  ['RETRY', null, 2, null],
  ['WAIT', minutes(5), 0, 300_500],
  ['WAIT', minutes(15), 11, 900_500],
  ['WAIT', minutes(-1), 0, 500],
  ['WAIT', minutes(16), 0, null],
  ['WAIT', minutes(5), 12, null],
  ['WAIT', null, 0, 7_500],
  ['WAIT', null, 2, null],
  ['FIX', null, 0, null],
  ['REAUTHORIZE', null, 0, null],
  ['INTERNAL', null, 0, null],
] as const)('%s until %o after %i retries: %o ms', (errorClass, retryAt, retries, expected) => {
  const state = { now: NOW, retries, waitedMs: 0, random: 0.5 };
  expect(decideRetry({ errorClass, retryAt, reason: '' }, state)).toBe(expected);
});

it('does not keep a run open by waiting again and again', () => {
  const waiting = { errorClass: 'WAIT', retryAt: minutes(10), reason: '' } as const;
  const after = (waited: number) =>
    decideRetry(waiting, { now: NOW, retries: 2, waitedMs: waited * 60_000, random: 0 });
  expect(after(20)).toBe(600_000);
  expect(after(21)).toBeNull();
});

describe('a task that is not tried again in its run', () => {
  const end = (changes: Partial<Failure> = {}, trigger: RunTrigger = 'MANUAL') =>
    decideEnd(
      { errorClass: 'WAIT', retryAt: minutes(20), reason: '', ...changes },
      { trigger, ofAccount: true, now: NOW, random: 0.5 },
    );

  it('goes on by itself a little after the announced time', () => {
    expect(end()).toEqual({ kind: 'PARKED', notBefore: new Date(minutes(20).getTime() + 15_000) });
    expect(end({ retryAt: minutes(1) })).toEqual({
      kind: 'PARKED',
      notBefore: new Date(minutes(1).getTime() + 1_500),
    });
    expect(end({ retryAt: minutes(-1) })).toEqual({ kind: 'PARKED', notBefore: NOW });
  });

  it.each(['SCHEDULE', 'CATCH_UP'] as const)(
    'is left to the next moment when it only met the pause: %s',
    (trigger) => {
      expect(end({ foundPaused: true }, trigger)).toEqual({ kind: 'SKIPPED' });
      expect(end({}, trigger)).toMatchObject({ kind: 'PARKED' });
    },
  );

  it.each(['MANUAL', 'RETRY', 'WEBHOOK'] as const)(
    'that somebody asked for goes on by itself: %s',
    (trigger) => {
      expect(end({ foundPaused: true }, trigger)).toMatchObject({ kind: 'PARKED' });
    },
  );

  it.each(['RETRY', 'FIX', 'REAUTHORIZE', 'INTERNAL'] as const)('failed: %s', (errorClass) => {
    expect(end({ errorClass, retryAt: null })).toEqual({ kind: 'FAILED' });
  });

  it('failed when it is about no account', () => {
    const failure = { errorClass: 'WAIT', retryAt: minutes(20), reason: '' } as const;
    const state = { trigger: 'MANUAL', ofAccount: false, now: NOW, random: 0.5 } as const;
    expect(decideEnd(failure, state)).toEqual({ kind: 'FAILED' });
  });

  it('failed when nobody said until when', () => {
    expect(end({ retryAt: null })).toEqual({ kind: 'FAILED' });
  });
});

it('tells an account that was found paused from one that was paused by the call', () => {
  expect(judgeFailure(new AccountPaused('Later.', NOW))).toMatchObject({
    errorClass: 'WAIT',
    foundPaused: true,
  });
  const paused = judgeFailure(new ConnectorError('Later.', { failure: 'WAIT', retryAt: NOW }));
  expect(paused).toEqual({ errorClass: 'WAIT', reason: 'Later.', retryAt: NOW });
});
