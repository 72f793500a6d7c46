import type { Context } from '../../context.ts';
import type { Day, DayRange } from '../../lib/days.ts';
import { daysOf } from '../../lib/days.ts';
import type { TaskOutcome, TaskWork } from '../runs/task.ts';
import { syncAccount } from '../sync/account.ts';
import { newestOf } from '../sync/plan.ts';
import { restOfSync } from '../sync/rest.ts';
import { daysReadByRun } from '../sync/sql.ts';
import { finalDays } from './sql.ts';
import type { BackfillTaskParameters } from './task.ts';
import { backfillTask } from './task.ts';

/**
 * Reads the days of the task's month that are not stored or not final yet (forced: all of them), newest first, as a
 * sync would. Called again after a kill or a pause it goes on where it was left.
 */
export async function backfillMonth(ctx: Context, task: TaskWork): Promise<TaskOutcome> {
  const { month } = backfillTask.parse(task.parameters);
  const { left, read } = await daysOfTask(ctx, task);
  const spans = spansOf(left);
  for (const range of spans) await syncAccount(ctx, { ...task, parameters: { range } });
  if (spans.length > 0 || read > 0) return { status: 'SUCCEEDED' };
  return { status: 'SKIPPED', reason: `Every day of ${month} is stored and final.` };
}

/** What a platform's pause left of the task. */
export async function restOfMonth(
  ctx: Context,
  task: Pick<TaskWork, 'runId' | 'clientId' | 'accountId' | 'parameters'>,
): Promise<BackfillTaskParameters> {
  return { ...backfillTask.parse(task.parameters), ...(await restOfSync(ctx, task)) };
}

/** The days to read, newest first, and how many this run has read already. */
async function daysOfTask(ctx: Context, task: TaskWork): Promise<{ left: Day[]; read: number }> {
  const { clientId, accountId } = task;
  if (clientId === null || accountId === null)
    throw new Error('A backfill task names a client and an account.');
  const { range, force } = backfillTask.parse(task.parameters);
  const of = [clientId, accountId, range.from, range.to] as const;
  const sql = ctx.db.pool;
  const own = new Set((await daysReadByRun.all(sql, ...of, task.runId)).map((row) => row.date));
  const final = new Set(force ? [] : (await finalDays.all(sql, ...of)).map((row) => row.date));
  const left = daysOf(range).filter((day) => !own.has(day) && !final.has(day));
  return { left: left.toReversed(), read: own.size };
}

/** The days as ranges without a gap. `days` is newest first, and so are the ranges. */
export function spansOf(days: readonly Day[]): DayRange[] {
  const spans: DayRange[] = [];
  let rest = days;
  for (let span = newestOf(rest, rest.length); span !== null; span = newestOf(rest, rest.length)) {
    const { from } = span;
    spans.push(span);
    rest = rest.filter((day) => day < from);
  }
  return spans;
}
