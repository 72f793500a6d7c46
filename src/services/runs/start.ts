import type { Context } from '../../context.ts';
import type { RunTrigger } from '../../db/enums.ts';
import type { Sql } from '../../db/sql.ts';
import { AppError } from '../../errors.ts';
import { actorLabel } from '../access.ts';
import { recordScheduleRun } from './finish.ts';
import { withKey } from './idempotency.ts';
import type { Once } from './idempotency.ts';
import { findOpenRun, insertRun, insertSkippedRun, insertTasks } from './sql.ts';
import type { RunColumns } from './sql.ts';
import type { NewTask } from './task.ts';

export interface NewRun {
  /** The job's word, `ADS_SYNC`. */
  kind: string;
  trigger: RunTrigger;
  /** Null = every client. */
  clientId: string | null;
  scheduleId: string | null;
  parameters: unknown;
  /** The same key while a run is open means the same work. */
  workKey: string;
  tasks: NewTask[];
  /** Its tasks begin no earlier; at once when left out. */
  notBefore?: Date;
  /** Who asks the same under the same name again gets this run, also when it is over. */
  once?: Once | null | undefined;
}

export interface StartedRun {
  runId: string;
  /** False = the run of the same work that was already open. */
  created: boolean;
}

const NOTHING_TO_DO = 'There was nothing to do.';

/** An open run can finish between the refused insert and the look for it; each round needs another such run. */
const ROUNDS = 20;

/**
 * Stores a run with its tasks and queues them, all inside the caller's transaction; or returns the open run of the
 * same work, however many ask at once. A run without tasks is SKIPPED at once.
 */
export function startRun(ctx: Context, sql: Sql, run: NewRun): Promise<StartedRun> {
  return withKey(ctx, sql, { once: run.once ?? null, start: () => startNew(ctx, sql, run) });
}

async function startNew(ctx: Context, sql: Sql, run: NewRun): Promise<StartedRun> {
  if (run.tasks.length === 0) return skipRun(ctx, sql, run);
  for (let round = 0; round < ROUNDS; round++) {
    const inserted = await insertRun.maybe(sql, ...columns(ctx, run));
    if (inserted) {
      await addTasks(ctx, sql, { ...run, runId: inserted.id });
      return { runId: inserted.id, created: true };
    }
    const open = await findOpenRun.maybe(sql, run.workKey);
    if (open) return { runId: open.id, created: false };
  }
  throw new AppError('CONFLICT', 'The same work is being started over and over: try again in a moment.');
}

async function skipRun(ctx: Context, sql: Sql, run: NewRun): Promise<StartedRun> {
  const inserted = await insertSkippedRun.maybe(sql, ...columns(ctx, run), NOTHING_TO_DO);
  if (!inserted) throw new Error('runs.insertSkipped returned no row');
  await recordScheduleRun(sql, { scheduleId: run.scheduleId, status: 'SKIPPED', durationMs: 0 });
  return { runId: inserted.id, created: true };
}

function columns(ctx: Context, run: NewRun): RunColumns {
  return [
    run.kind,
    run.trigger,
    run.clientId,
    run.scheduleId,
    asJson(run.parameters),
    run.workKey,
    actorLabel(ctx.actor),
    run.tasks.length,
    run.notBefore ?? null,
  ];
}

interface AddedTasks extends Pick<NewRun, 'tasks' | 'notBefore'> {
  runId: string;
  /** How many tasks the run has already; none when left out. */
  behind?: number;
}

/** Stores tasks of an open run and queues them. */
export async function addTasks(ctx: Context, sql: Sql, run: AddedTasks): Promise<void> {
  const { runId, tasks, notBefore, behind = 0 } = run;
  const rows = await insertTasks.all(
    sql,
    runId,
    tasks.map((task) => task.clientId),
    tasks.map((task) => task.accountId),
    tasks.map((task) => asJson(task.parameters)),
    behind,
  );
  const queued = rows.flatMap(({ id, position }) => {
    const task = tasks[position];
    return task ? [{ taskId: id, serialKey: task.serialKey, priority: task.priority }] : [];
  });
  const delayMs = notBefore ? Math.max(0, notBefore.getTime() - ctx.now().getTime()) : 0;
  await ctx.jobs.enqueueTasks(sql, queued, delayMs);
}

function asJson(parameters: unknown): string {
  return JSON.stringify(parameters ?? {});
}
