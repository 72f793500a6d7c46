import { expect, it } from 'vitest';
import { ConnectorError, FAILURES } from '../../src/connectors/errors.ts';
import { AppError } from '../../src/errors.ts';
import { decideRetry, judgeFailure } from '../../src/jobs/judge.ts';

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
  expect(decideRetry({ errorClass, retryAt, reason: '' }, { now: NOW, retries, random: 0.5 })).toBe(expected);
});
