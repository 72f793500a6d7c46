import { inTransaction } from '../../context.ts';
import type { Context } from '../../context.ts';
import type { RunStatus } from '../../db/enums.ts';
import { isFinished } from '../../db/enums.ts';
import type { Sql } from '../../db/sql.ts';
import type { RunProgress } from '../../pubsub.ts';
import { decideRunEnd } from './decide.ts';
import type { RunEnd } from './decide.ts';
import { onRunFinished } from './finished.ts';
import { takeNews } from './newest.ts';
import { dropPagesOfTask } from './pages/sql.ts';
import { toProgress } from './progress.ts';
import { countOutcomes, countScheduleRun, countTaskDone, finishRun, finishTask } from './sql.ts';
import { storable } from './text.ts';

/** What a try of a task came to. Times and counters are added here. */
export interface TaskEnd {
  taskId: string;
  /** From `beginTask`: a try that lost its task changes nothing. */
  token: string;
  status: 'SUCCEEDED' | 'SKIPPED' | 'FAILED';
  /** REAUTHORIZE, WAIT, RETRY, FIX or INTERNAL; null unless FAILED. */
  errorClass: string | null;
  reason: string | null;
}

/** What else is stored with a task's end, in the same transaction. */
type With = (sql: Sql) => Promise<void>;

/**
 * Stores what became of a task; the last one ends its run, in the same transaction. Counts once, however often a task
 * was performed: false = the try no longer held its task (cancelled, finished or taken over) and nothing changed.
 */
export async function endTask(ctx: Context, end: TaskEnd, storeWith?: With): Promise<boolean> {
  const progress = await inTransaction(ctx, async (sql) => {
    const ended = await storeEnd(ctx, sql, end);
    if (ended) await storeWith?.(sql);
    return ended;
  });
  if (progress) announce(ctx, progress);
  return progress !== null;
}

async function storeEnd(ctx: Context, sql: Sql, end: TaskEnd): Promise<RunProgress | null> {
  const reason = end.reason && storable(end.reason);
  const task = await finishTask.maybe(sql, end.taskId, end.token, end.status, end.errorClass, reason);
  if (!task) return null;
  await dropPagesOfTask.run(sql, end.taskId);
  // Holds the run's row until the commit, so exactly one task sees itself as the last.
  const run = await countTaskDone.maybe(sql, task.run_id);
  if (!run) return null;
  if (run.tasks_done < run.tasks_total) return toProgress(run);
  const outcomes = await countOutcomes.all(sql, task.run_id);
  const runEnd = decideRunEnd(outcomes.map((row) => ({ ...row, errorClass: row.error_class })));
  return closeRun(ctx, sql, { ...runEnd, runId: task.run_id });
}

/**
 * Gives an open run its final status, counts it for its schedule, and does what follows the end of a run of its kind.
 * Null when it was already over.
 */
export async function closeRun(
  ctx: Context,
  sql: Sql,
  { runId, ...end }: RunEnd & { runId: string },
): Promise<RunProgress | null> {
  const run = await finishRun.maybe(sql, runId, end.status, end.errorClass, end.errorReason);
  if (!run) return null;
  const { kind, schedule_id: scheduleId, duration_ms: durationMs } = run;
  await recordScheduleRun(sql, { scheduleId, status: end.status, durationMs });
  await onRunFinished(ctx, sql, { runId, kind, status: end.status });
  return toProgress(run);
}

export interface ScheduleRun {
  scheduleId: string | null;
  status: RunStatus;
  durationMs: number;
}

/** SUCCEEDED and SKIPPED went well, PARTIAL and FAILED did not; a cancelled run is neither. */
export async function recordScheduleRun(sql: Sql, run: ScheduleRun): Promise<void> {
  if (run.scheduleId === null) return;
  const success = run.status === 'SUCCEEDED' || run.status === 'SKIPPED' ? 1 : 0;
  const error = run.status === 'PARTIAL' || run.status === 'FAILED' ? 1 : 0;
  await countScheduleRun.run(sql, run.scheduleId, run.status, run.durationMs, success, error);
}

/**
 * Tells the subscribers of this process, after the commit, where the run stands, and that it is over when it is; each
 * state once, and none after a newer one. The other processes hear of the change from the statement that made it.
 */
export function announce(ctx: Context, progress: RunProgress): void {
  if (!takeNews(ctx, progress)) return;
  const { runId, clientId, status } = progress;
  ctx.pubsub.publish('runProgress', progress);
  if (isFinished(status)) ctx.pubsub.publish('runFinished', { runId, clientId, status });
}
