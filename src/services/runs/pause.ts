import { inTransaction } from '../../context.ts';
import type { Context } from '../../context.ts';
import { isFinished } from '../../db/enums.ts';
import type { Sql } from '../../db/sql.ts';
import { AppError } from '../../errors.ts';
import { actorLabel, requireAdmin } from '../access.ts';
import { requireRun } from './find.ts';
import { announce } from './finish.ts';
import { priorityAgain } from './lanes.ts';
import type { PausedRunRow } from './pauses/sql.ts';
import { clearPaused, setPaused, takeBackTasks, waitingTasks } from './pauses/sql.ts';
import { toProgress } from './progress.ts';
import type { RunRow } from './sql.ts';
import { insertLog, touchRun } from './sql.ts';

/**
 * Holds an open run: what has not begun does not begin, and what is being performed loses its task, stops at its next
 * checkpoint at the latest and is done again from there. What was checkpointed stays, also what was kept of a page. It
 * lasts over restarts, until `resumeRun` or a cancel; meanwhile the same work asked for again is this run.
 * Pausing a paused run changes nothing. Throws NOT_FOUND for an unknown run and CONFLICT for one that is over.
 */
export function pauseRun(ctx: Context, runId: string): Promise<{ runId: string }> {
  return change(ctx, runId, async (sql, run) => {
    // First the tasks: then none of them can begin or end until the run is paused.
    await takeBackTasks.run(sql, run.id);
    return (await setPaused.maybe(sql, run.id)) && 'Paused';
  });
}

/**
 * Lets a paused run go on: its open tasks are queued again, each in its lane. Resuming a run that is not paused changes
 * nothing. Throws NOT_FOUND for an unknown run and CONFLICT for one that is over.
 */
export function resumeRun(ctx: Context, runId: string): Promise<{ runId: string }> {
  return change(ctx, runId, async (sql, run) => {
    const waiting = await waitingTasks.all(sql, run.id);
    const resumed = await clearPaused.maybe(sql, run.id);
    if (!resumed) return null;
    const tasks = waiting.map((task) => ({
      taskId: task.id,
      serialKey: task.account_id,
      priority: priorityAgain(run.kind, task.parameters, ctx.now()),
    }));
    await ctx.jobs.enqueueTasks(sql, tasks, delayOf(ctx, resumed));
    return 'Resumed';
  });
}

type Change = (sql: Sql, run: RunRow) => Promise<string | null>;

/** `act` says what it did; null = nothing, and what it wrote until then is taken back. */
async function change(ctx: Context, runId: string, act: Change): Promise<{ runId: string }> {
  requireAdmin(ctx);
  const run = await requireRun(ctx, runId);
  const progress = await inTransaction(ctx, async (sql) => {
    const done = await act(sql, run);
    if (done === null) throw new NothingChanged();
    await insertLog.run(sql, run.id, null, run.client_id, 'WARN', `${done} by ${actorLabel(ctx.actor)}.`);
    return touchRun.maybe(sql, run.id);
  }).catch((error: unknown) => {
    if (error instanceof NothingChanged) return null;
    throw error;
  });
  if (progress) announce(ctx, toProgress(progress));
  else if (isFinished((await requireRun(ctx, runId)).status)) {
    throw new AppError('CONFLICT', 'This run is already over.');
  }
  return { runId: run.id };
}

/** Rolls back. */
class NothingChanged extends Error {}

function delayOf(ctx: Context, { not_before: notBefore }: PausedRunRow): number {
  return notBefore ? Math.max(0, notBefore.getTime() - ctx.now().getTime()) : 0;
}
