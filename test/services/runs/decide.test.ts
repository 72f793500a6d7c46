import { expect, it } from 'vitest';
import { decideRunEnd, decideRunStatus } from '../../../src/services/runs/decide.ts';
import type { OutcomeCount } from '../../../src/services/runs/decide.ts';

function outcomes(counts: Partial<Record<OutcomeCount['status'], number>>): OutcomeCount[] {
  return Object.entries(counts).map(([status, count]) => ({
    status: status as OutcomeCount['status'],
    count,
    errorClass: null,
    reason: null,
  }));
}

it.each([
  [{ SUCCEEDED: 3 }, 'SUCCEEDED'],
  [{ SUCCEEDED: 1, SKIPPED: 2 }, 'SUCCEEDED'],
  [{ SKIPPED: 2 }, 'SKIPPED'],
  [{ FAILED: 2 }, 'FAILED'],
  [{ FAILED: 1, SUCCEEDED: 1 }, 'PARTIAL'],
  [{ FAILED: 1, SKIPPED: 1 }, 'PARTIAL'],
  [{ CANCELLED: 1, SUCCEEDED: 5 }, 'CANCELLED'],
  [{ CANCELLED: 1, FAILED: 5 }, 'CANCELLED'],
] as const)('%o make a run %s', (counts, status) => {
  expect(decideRunStatus(outcomes(counts))).toBe(status);
});

it('names the most severe failure and how many there were', () => {
  const failed = (errorClass: string, count: number, reason: string): OutcomeCount => ({
    status: 'FAILED',
    errorClass,
    count,
    reason,
  });
  const end = decideRunEnd([
    ...outcomes({ SUCCEEDED: 4 }),
    failed('WAIT', 3, 'asked to wait'),
    failed('REAUTHORIZE', 1, 'token dead'),
    failed('RETRY', 2, 'no answer'),
  ]);
  expect(end).toEqual({
    status: 'PARTIAL',
    errorClass: 'REAUTHORIZE',
    errorReason: '6 of 10 tasks failed: token dead',
  });
});

it('has no error when nothing failed', () => {
  expect(decideRunEnd(outcomes({ SUCCEEDED: 1 }))).toEqual({
    status: 'SUCCEEDED',
    errorClass: null,
    errorReason: null,
  });
});
