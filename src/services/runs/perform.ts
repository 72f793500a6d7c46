import { inTransaction } from '../../context.ts';
import type { Context } from '../../context.ts';
import type { RunLogLevel, RunTrigger } from '../../db/enums.ts';
import type { Sql } from '../../db/sql.ts';
import { announce } from './finish.ts';
import { keepPage } from './pages/sql.ts';
import { toProgress } from './progress.ts';
import * as runs from './sql.ts';
import { TaskStopped } from './stopped.ts';
import type { StopCause } from './stopped.ts';
import type { Checkpoint, KeptPage, TaskWork } from './task.ts';
import { storable } from './text.ts';

/** One try of a task that has begun. */
export interface BegunTask {
  kind: string;
  /** Why its run was started. */
  trigger: RunTrigger;
  workKey: string;
  runId: string;
  taskId: string;
  clientId: string | null;
  accountId: string | null;
  parameters: unknown;
  /** How often it was put back after a failure that may pass. */
  retries: number;
  /** Retries, and tries since the task last got ahead, this one included. */
  attempts: number;
  /** Names this try: whoever begins the task next gets another one, and this one is good for nothing any more. */
  token: string;
}

/**
 * Marks a task and its run RUNNING. Null when there is nothing to perform: finished, cancelled, paused or gone.
 * A task that is RUNNING already is taken over: the queue gives it out again only when its worker died.
 */
export async function beginTask(
  ctx: Context,
  { taskId, retries }: { taskId: string; retries: number },
): Promise<BegunTask | null> {
  const begun = await inTransaction(ctx, async (sql) => {
    const task = await runs.beginTask.maybe(sql, taskId);
    if (!task) return null;
    const run = await runs.beginRun.maybe(sql, task.run_id);
    // Paused or over in this very moment: the task must not stay begun.
    if (!run) throw new NotBegun();
    return { task, run };
  }).catch((error: unknown) => {
    if (error instanceof NotBegun) return null;
    throw error;
  });
  if (!begun) return null;
  const { task, run } = begun;
  announce(ctx, toProgress(run));
  return {
    kind: run.kind,
    trigger: run.trigger,
    workKey: run.work_key,
    runId: task.run_id,
    taskId: task.id,
    clientId: task.client_id,
    accountId: task.account_id,
    parameters: task.parameters,
    retries,
    attempts: task.attempts,
    token: task.token,
  };
}

/** Rolls the beginning of a task back. */
class NotBegun extends Error {}

/** The task as a service sees it. `stop` aborts `signal` when a checkpoint finds that the try lost its task. */
export function createTaskWork(ctx: Context, begun: BegunTask, stop: AbortController): TaskWork {
  const { runId, taskId, clientId, accountId, parameters } = begun;
  return {
    runId,
    taskId,
    clientId,
    accountId,
    parameters,
    signal: stop.signal,
    log: (level, message) => writeLog(ctx.db.pool, begun, { level, message }),
    checkpoint: (write) => checkpoint(ctx, { begun, stop, write }),
    keep: (page, write) => keep(ctx, { begun, stop, page, write }),
  };
}

export interface LogLine {
  level: RunLogLevel;
  message: string;
}

export async function writeLog(sql: Sql, begun: BegunTask, line: LogLine): Promise<void> {
  await runs.insertLog.run(
    sql,
    begun.runId,
    begun.taskId,
    begun.clientId,
    line.level,
    storable(line.message),
  );
}

interface CheckpointInput {
  begun: BegunTask;
  stop: AbortController;
  write: (sql: Sql) => Promise<Checkpoint>;
}

async function checkpoint(ctx: Context, input: CheckpointInput): Promise<void> {
  const { stop } = input;
  stop.signal.throwIfAborted();
  try {
    announce(ctx, await inTransaction(ctx, (sql) => writeAndCount(sql, input)));
  } catch (error) {
    if (error instanceof TaskStopped) stop.abort(error);
    throw error;
  }
}

interface KeepInput {
  begun: BegunTask;
  stop: AbortController;
  page: KeptPage;
  write: ((sql: Sql) => Promise<void>) | undefined;
}

async function keep(ctx: Context, { begun, stop, page, write }: KeepInput): Promise<void> {
  stop.signal.throwIfAborted();
  try {
    if (!write) return await insertPage(ctx.db.pool, begun, page);
    await inTransaction(ctx, async (sql) => {
      await write(sql);
      await insertPage(sql, begun, page);
    });
  } catch (error) {
    if (error instanceof TaskStopped) stop.abort(error);
    throw error;
  }
}

/** One statement, and with it one transaction when `sql` is the pool: it is done for every page of every account. */
async function insertPage(sql: Sql, begun: BegunTask, page: KeptPage): Promise<void> {
  const { seq, window, readAt, next, content } = page;
  const days = [window?.from ?? null, window?.to ?? null] as const;
  const bookmark = next && JSON.stringify(next);
  const { taskId, token, retries } = begun;
  const kept = await keepPage.maybe(sql, taskId, token, retries + 1, seq, ...days, readAt, bookmark, content);
  if (!kept) throw await lost(sql, begun);
}

/**
 * Looks before the write without a lock, so that the tasks of a run do not wait for each other's writes, and again
 * after it with one: the counters change only for the try that still holds the task, or everything is rolled back.
 */
async function writeAndCount(sql: Sql, { begun, write }: CheckpointInput) {
  const held = await runs.findHeldTasks.maybe(sql, [begun.taskId], [begun.token]);
  if (!held) throw await lost(sql, begun);
  const { records, message } = await write(sql);
  const task = await runs.countTaskRecords.maybe(sql, begun.taskId, begun.token, records, begun.retries + 1);
  const run = task && (await runs.countRunRecords.maybe(sql, task.run_id, records));
  if (!run) throw await lost(sql, begun);
  return toProgress(run, message ?? null);
}

async function lost(sql: Sql, begun: BegunTask): Promise<TaskStopped> {
  const run = await runs.findRun.maybe(sql, begun.runId);
  const cause: StopCause = !run || run.status === 'CANCELLED' ? 'CANCELLED' : 'TAKEN_OVER';
  return new TaskStopped(cause);
}

/** Which of these tries lost their task: to a cancelled run, or to another process. */
export async function findLostTasks(sql: Sql, begun: readonly BegunTask[]): Promise<Set<string>> {
  const taskIds = begun.map((task) => task.taskId);
  const tokens = begun.map((task) => task.token);
  const held = new Set((await runs.findHeldTasks.all(sql, taskIds, tokens)).map((row) => row.id));
  return new Set(taskIds.filter((taskId) => !held.has(taskId)));
}
