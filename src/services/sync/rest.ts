import type { Context } from '../../context.ts';
import { daysOf } from '../../lib/days.ts';
import type { TaskWork } from '../runs/task.ts';
import { daysReadByRun } from './sql.ts';
import type { SyncTaskParameters } from './task.ts';
import { parseTask } from './task.ts';

/** What is left of a task that ended before its time: from its first to its last day that its run has not read. */
export async function restOfSync(
  ctx: Context,
  task: Pick<TaskWork, 'runId' | 'clientId' | 'accountId' | 'parameters'>,
): Promise<SyncTaskParameters> {
  const { clientId, accountId, range } = parseTask(task);
  const rows = await daysReadByRun.all(ctx.db.pool, clientId, accountId, range.from, range.to, task.runId);
  const read = new Set(rows.map((row) => row.date));
  const left = daysOf(range).filter((day) => !read.has(day));
  return { range: { from: left[0] ?? range.from, to: left.at(-1) ?? range.to } };
}
