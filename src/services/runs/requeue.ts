import { inTransaction } from '../../context.ts';
import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import { announce } from './finish.ts';
import { writeLog } from './perform.ts';
import type { BegunTask } from './perform.ts';
import { toProgress } from './progress.ts';
import { requeueTask, touchRun } from './sql.ts';
import { storable } from './text.ts';

/** Why a task goes back into the queue; null = this process stops, and the try does not count. */
export type RequeueFailure = { errorClass: string; reason: string } | null;

export interface Requeue {
  begun: BegunTask;
  failure: RequeueFailure;
  /** Puts the job back, in the same transaction as the task. */
  enqueue: (sql: Sql) => Promise<void>;
}

/** Puts a task that was begun back to QUEUED. The run stays open. Does nothing when the try lost its task. */
export async function requeue(ctx: Context, { begun, failure, enqueue }: Requeue): Promise<void> {
  const progress = await inTransaction(ctx, async (sql) => {
    const errorClass = failure?.errorClass ?? null;
    const reason = failure && storable(failure.reason);
    const triesBack = failure ? 0 : 1;
    const task = await requeueTask.maybe(sql, begun.taskId, begun.token, errorClass, reason, triesBack);
    const run = task && (await touchRun.maybe(sql, task.run_id));
    if (!run) return null;
    if (reason) await writeLog(sql, begun, { level: 'WARN', message: `${reason} Trying again later.` });
    await enqueue(sql);
    return toProgress(run);
  });
  if (progress) announce(ctx, progress);
}
