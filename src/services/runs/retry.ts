import { inTransaction } from '../../context.ts';
import type { Context } from '../../context.ts';
import { isFinished } from '../../db/enums.ts';
import { AppError } from '../../errors.ts';
import { requireAdmin } from '../access.ts';
import { requireRun } from './find.ts';
import type { Once } from './idempotency.ts';
import { priorityAgain } from './lanes.ts';
import { findFailedTasks } from './sql.ts';
import { startRun } from './start.ts';
import type { StartedRun } from './start.ts';

/**
 * A new run of what failed or was cancelled in a finished one, with the same parameters; or the open run of an
 * earlier request for the same. Throws NOT_FOUND for an unknown run, CONFLICT for one that is open or has nothing
 * to retry.
 */
export async function retryFailed(
  ctx: Context,
  runId: string,
  once: Once | null = null,
): Promise<StartedRun> {
  requireAdmin(ctx);
  const run = await requireRun(ctx, runId);
  if (!isFinished(run.status)) throw new AppError('CONFLICT', 'This run is not over yet.');
  const failed = await findFailedTasks.all(ctx.db.pool, run.id);
  if (failed.length === 0) throw new AppError('CONFLICT', 'Nothing of this run failed.');
  const tasks = failed.map((task) => ({
    clientId: task.client_id,
    accountId: task.account_id,
    parameters: task.parameters,
    serialKey: task.account_id,
    priority: priorityAgain(run.kind, task.parameters, ctx.now()),
  }));
  return inTransaction(ctx, (sql) =>
    startRun(ctx, sql, {
      kind: run.kind,
      trigger: 'RETRY',
      clientId: run.client_id,
      scheduleId: null,
      parameters: run.parameters,
      workKey: `RETRY:${run.id}`,
      tasks,
      once,
    }),
  );
}
