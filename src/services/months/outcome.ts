import { AppError } from '../../errors.ts';
import type { TaskOutcome } from '../runs/task.ts';
import type { Captured } from './capture.ts';
import type { PieceFailure } from './fetch.ts';
import type { MonthJudgement } from './judge.ts';
import type { StoredMonthRow } from './sql.ts';

/**
 * What became of a month, for the run's task: SAVED: the first time, UPDATED: again, SKIPPED: what is stored stays; with
 * the pieces that could not be read. Throws CONFLICT when there is still nothing at all.
 */
export function describeOutcome(captured: Captured, failures: readonly PieceFailure[]): TaskOutcome {
  const { step, fresh, isFirst, adjustments } = captured;
  const lacks = failures.map(
    ({ externalId, piece, error }) => `; ${piece} of ${externalId} could not be read: ${error.message}`,
  );
  if (step === 'KEEP')
    return skipped(`the stored one is richer; today it would be ${judged(fresh)}${lacks.join('')}`);
  if (step === 'COMPARE' && !isFirst) {
    const drift = `${String(adjustments)} ${adjustments === 1 ? 'difference was' : 'differences were'} noted`;
    if (adjustments === 0) return skipped(`FINAL, and nothing new differs from it${lacks.join('')}`);
    return { status: 'SUCCEEDED', reason: `UPDATED: FINAL stays; ${drift}${lacks.join('')}` };
  }
  if (fresh.quality === 'MISSING')
    throw new AppError('CONFLICT', `Nothing could be saved: ${fresh.reason ?? ''}`);
  const same = step === 'SAME' && !isFirst ? ', nothing had changed' : '';
  const what = `${captured.state} ${judged(fresh)}, ${String(captured.campaigns)} campaigns${same}`;
  return { status: 'SUCCEEDED', reason: `${isFirst ? 'SAVED' : 'UPDATED'}: ${what}${lacks.join('')}` };
}

/** What a close would do. `days` to read, by account. */
export function describePlan(stored: StoredMonthRow | null, days: ReadonlyMap<string, number>): string {
  const reads = [...days].map(([account, count]) => `${String(count)} days of ${account}`).join(', ');
  const now = stored ? `${stored.state} ${stored.quality}` : 'nothing';
  const what = stored?.state === 'FINAL' ? 'compare them with what is FINAL' : 'save the month';
  return `DRY_RUN: would read ${reads} and ${what}; stored now: ${now}`;
}

function judged({ quality, reason }: MonthJudgement): string {
  return reason === null ? quality : `${quality} (${reason})`;
}

function skipped(reason: string): TaskOutcome {
  return { status: 'SKIPPED', reason: `SKIPPED: ${reason}` };
}
