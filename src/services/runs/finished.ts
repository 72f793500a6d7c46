import { randomUUID } from 'node:crypto';
import type { Context, FinishedRun } from '../../context.ts';
import { inSavepoint } from '../../db/client.ts';
import { errorCode } from '../../db/errors.ts';
import type { Sql } from '../../db/sql.ts';

/** Of the connection, of memory, of locks, and of who was faster: the whole transaction may work in a moment. */
const PASSES = /^(08|40|53|55|57|E[A-Z])/;

/**
 * What the run's kind does when a run of it is over, in the transaction that ends it: what the job queues there is there
 * if and only if the run has ended. A mistake in it is logged and undone, and the run ends all the same: a run that
 * could never end would be worse.
 */
export async function onRunFinished(ctx: Context, sql: Sql, run: FinishedRun): Promise<void> {
  const job = ctx.jobCatalogue.get(run.kind);
  if (!job?.onFinished) return;
  try {
    await inSavepoint(sql, async () => job.onFinished?.(ctx, sql, run));
  } catch (error) {
    if (PASSES.test(errorCode(error))) throw error;
    const { runId, kind } = run;
    ctx.log.error({ errorId: randomUUID(), runId, kind, err: error }, 'what follows the end of a run broke');
  }
}
