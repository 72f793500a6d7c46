import { describe, expect, it } from 'vitest';
import { describeFailure } from '../../src/cli/failure.ts';
import { createLines } from '../../src/cli/sync/progress.ts';
import { describeOutcome, exitCodeOf } from '../../src/cli/sync/outcome.ts';
import { ConfigError } from '../../src/config.ts';
import { ConnectorError } from '../../src/connectors/errors.ts';
import { DatabaseError } from '../../src/db/errors.ts';
import type { RunStatus } from '../../src/db/enums.ts';
import { AppError, badInput, notFound } from '../../src/errors.ts';

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

describe('a failure', () => {
  it.each([
    { error: badInput('days must be 1.'), says: /^days must be 1\.\nAdd --help/, exitCode: 2 },
    { error: notFound('client'), says: /^No such client\.\nAdd --help/, exitCode: 2 },
    { error: new AppError('CONFLICT', 'Taken.'), says: /^Taken\.$/, exitCode: 1 },
    {
      error: new ConfigError(['A is wrong', 'B is wrong']),
      says: /- A is wrong\n {2}- B is wrong$/,
      exitCode: 1,
    },
    { error: new DatabaseError('Too old.'), says: /^Too old\.$/, exitCode: 1 },
    { error: new ConnectorError('Refused.', { failure: 'FIX' }), says: /^Refused\.$/, exitCode: 1 },
    {
      error: systemError('ENOTFOUND', 'getaddrinfo ENOTFOUND db'),
      says: /^Cannot connect .*DATABASE_URL/,
      exitCode: 1,
    },
    { error: systemError('EACCES', 'listen EACCES 0.0.0.0:80'), says: /^Cannot listen .*PORT/, exitCode: 1 },
    {
      error: systemError('28P01', 'password authentication failed'),
      says: /^The database refuses/,
      exitCode: 1,
    },
    {
      error: new TypeError('x is not a function\n  at y'),
      says: /unexpected.*not a function\nRun .*=debug/,
      exitCode: 1,
    },
    { error: 'a thrown text', says: /unexpected.*a thrown text/, exitCode: 1 },
  ])('$error is told plainly', ({ error, says, exitCode }) => {
    const report = describeFailure(error);
    expect(report.exitCode).toBe(exitCode);
    expect(report.message).toMatch(says);
    expect(report.message).not.toMatch(/\n\s+at /);
  });
});

describe('the outcome of a sync', () => {
  const codes: Record<RunStatus, number> = {
    SUCCEEDED: 0,
    SKIPPED: 0,
    PARTIAL: 3,
    FAILED: 1,
    CANCELLED: 1,
    QUEUED: 1,
    RUNNING: 1,
  };

  it.each(Object.entries(codes))('%s exits %i', (status, code) => {
    expect(exitCodeOf(status as RunStatus)).toBe(code);
  });

  it('is one sentence', () => {
    const outcome = {
      runId: 'r',
      tasks: { total: 1200, done: 1200, failed: 1 },
      records: 1_234_567,
      durationMs: 2_149,
      reason: null,
      failures: [],
    };
    const whole = 'PARTIAL: 1,199 of 1,200 accounts, 1,234,567 records in 2.1 s.';
    expect(describeOutcome({ ...outcome, status: 'PARTIAL' })).toBe(whole);
    expect(describeOutcome({ ...outcome, status: 'SKIPPED', reason: 'None.' })).toBe('SKIPPED: None.');
  });
});

it('plain progress has a line for each account done, not for each record', () => {
  const lines: string[] = [];
  const reporter = createLines((line) => lines.push(line));
  const states = [
    { tasksDone: 0, recordsSynced: 0 },
    { tasksDone: 0, recordsSynced: 700 },
    { tasksDone: 1, recordsSynced: 1_700 },
    { tasksDone: 1, recordsSynced: 1_800 },
  ];
  states.forEach((state, seq) =>
    reporter.show({
      ...state,
      seq,
      runId: 'r',
      clientId: null,
      status: 'RUNNING',
      tasksTotal: 2,
      message: null,
      at: new Date(0),
    }),
  );
  expect(lines).toEqual(['0 of 2 accounts, 0 records', '1 of 2 accounts, 1,700 records']);
});
