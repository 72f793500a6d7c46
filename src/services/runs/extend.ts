import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import { AppError } from '../../errors.ts';
import { extendRun, holdQueuedTasks } from './sql.ts';
import type { NewRun, StartedRun } from './start.ts';
import { addTasks, startRun } from './start.ts';

/** Each round needs another run that is over in that very moment. */
const ROUNDS = 20;

/**
 * As `startRun`, for work that has to see what this transaction wrote: when a run of the same work is open, only tasks
 * that have not begun will see it, so those that have begun are added to the run once more (by account). Tasks that
 * wait cannot begin before this transaction is over. Needs tasks with an account each.
 */
export async function startOrExtendRun(ctx: Context, sql: Sql, run: NewRun): Promise<StartedRun> {
  for (let round = 0; round < ROUNDS; round++) {
    const started = await startRun(ctx, sql, run);
    if (started.created) return started;
    const waiting = await holdQueuedTasks.all(sql, started.runId);
    const held = new Set(waiting.map((task) => task.account_id));
    const begun = run.tasks.filter((task) => !held.has(task.accountId));
    if (begun.length === 0) return started;
    const extended = await extendRun.maybe(sql, started.runId, begun.length);
    if (!extended) continue;
    await addTasks(ctx, sql, { runId: started.runId, tasks: begun, behind: extended.tasks_before });
    return started;
  }
  throw new AppError('CONFLICT', 'The same work is being started over and over: try again in a moment.');
}
