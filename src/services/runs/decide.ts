import type { RunStatus, TaskStatus } from '../../db/enums.ts';

/** Some tasks of a run that ended alike. */
export interface OutcomeCount {
  status: TaskStatus;
  errorClass: string | null;
  /** One of their reasons. */
  reason: string | null;
  count: number;
}

export interface RunEnd {
  status: RunStatus;
  errorClass: string | null;
  errorReason: string | null;
}

/** Worst first: what needs this program mended, then a person, then a change, then only patience. */
const SEVERITY: readonly string[] = ['INTERNAL', 'REAUTHORIZE', 'FIX', 'RETRY', 'WAIT'];

/** How a run ended whose tasks all did: its status, the most severe class of its failures, and how many failed. */
export function decideRunEnd(counts: readonly OutcomeCount[]): RunEnd {
  const status = decideRunStatus(counts);
  const failed = counts.filter((outcome) => outcome.status === 'FAILED');
  const worst = [...failed].sort((a, b) => severity(a) - severity(b))[0];
  if (!worst) return { status, errorClass: null, errorReason: skippedReason(status, counts) };
  const tasks = `${total(failed)} of ${total(counts)} ${total(counts) === 1 ? 'task' : 'tasks'} failed`;
  return {
    status,
    errorClass: worst.errorClass,
    errorReason: worst.reason ? `${tasks}: ${worst.reason}` : `${tasks}.`,
  };
}

/** The status that a run's finished tasks add up to. */
export function decideRunStatus(counts: readonly OutcomeCount[]): RunStatus {
  const all = total(counts);
  const of = (status: TaskStatus) => total(counts.filter((outcome) => outcome.status === status));
  if (of('CANCELLED') > 0) return 'CANCELLED';
  if (of('SKIPPED') === all) return 'SKIPPED';
  if (of('FAILED') === 0) return 'SUCCEEDED';
  return of('FAILED') === all ? 'FAILED' : 'PARTIAL';
}

function skippedReason(status: RunStatus, counts: readonly OutcomeCount[]): string | null {
  return status === 'SKIPPED' ? (counts.find((outcome) => outcome.reason)?.reason ?? null) : null;
}

function severity(outcome: OutcomeCount): number {
  const place = SEVERITY.indexOf(outcome.errorClass ?? '');
  return place < 0 ? SEVERITY.length : place;
}

function total(counts: readonly OutcomeCount[]): number {
  return counts.reduce((sum, outcome) => sum + outcome.count, 0);
}
