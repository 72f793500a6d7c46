import type { Context } from '../../context.ts';
import type { Finding } from './check.ts';
import { fail, ok, warn } from './check.ts';
import type { LastRunRow, QueueRow } from './sql.ts';
import { readLastRuns, readQueue } from './sql.ts';

/** What waits, what is stuck, and how each kind of job ended last. */
export async function checkQueue(ctx: Context): Promise<Finding[]> {
  const queue = await readQueue.maybe(ctx.db.staff.queue);
  if (!queue) throw new Error('doctor.queue returned no row');
  const runs = await readLastRuns.all(ctx.db.pool);
  return [...judgeQueue(queue), ...(runs.length === 0 ? [ok('jobs', 'no run yet')] : runs.map(judgeRun))];
}

export function judgeQueue({ waiting, overdue, oldest, lost }: QueueRow): Finding[] {
  const findings: Finding[] = [];
  if (lost > 0) {
    findings.push(
      warn(
        'jobs',
        `${String(lost)} tasks are held by workers that died`,
        'Any process with jobs takes them over within 30 s: run `tributary start`, or `tributary sync`.',
      ),
    );
  }
  if (overdue > 0) {
    findings.push(
      fail(
        'jobs',
        `${String(overdue)} tasks wait since ${oldest?.toISOString() ?? 'long'}`,
        'Start a process that does jobs: TRIBUTARY_ROLE=all or worker.',
      ),
    );
  }
  return findings.length > 0 ? findings : [ok('jobs', `${String(waiting)} tasks wait, none is stuck`)];
}

export function judgeRun(run: LastRunRow): Finding {
  const found = `last ${run.kind}: ${run.status} at ${run.finished_at.toISOString()}`;
  if (run.status === 'SUCCEEDED' || run.status === 'SKIPPED') return ok('jobs', found);
  const reason = run.error_reason === null ? '' : `: ${run.error_reason}`;
  return warn('jobs', `${found}${reason}`, 'See its tasks (syncRun), mend the cause, then retryFailed.');
}
