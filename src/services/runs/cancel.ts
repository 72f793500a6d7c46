import { inTransaction } from '../../context.ts';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { actorLabel, requireAdmin } from '../access.ts';
import { requireRun } from './find.ts';
import { announce, closeRun } from './finish.ts';
import { dropPagesOfRun } from './pages/sql.ts';
import { cancelTasks, insertLog } from './sql.ts';

/**
 * Ends an open run at once: what has not begun never does, and what is being performed loses its task, so that it
 * stops at its next checkpoint at the latest. What was checkpointed stays.
 * Throws NOT_FOUND for an unknown run and CONFLICT for one that is over.
 */
export async function cancelRun(ctx: Context, runId: string): Promise<{ runId: string }> {
  requireAdmin(ctx);
  const run = await requireRun(ctx, runId);
  const progress = await inTransaction(ctx, async (sql) => {
    await cancelTasks.run(sql, run.id);
    await dropPagesOfRun.run(sql, run.id);
    const closed = await closeRun(ctx, sql, {
      runId: run.id,
      status: 'CANCELLED',
      errorClass: null,
      errorReason: null,
    });
    if (!closed) throw new AppError('CONFLICT', 'This run is already over.');
    await insertLog.run(sql, run.id, null, run.client_id, 'WARN', `Cancelled by ${actorLabel(ctx.actor)}.`);
    return closed;
  });
  announce(ctx, progress);
  return { runId: run.id };
}
