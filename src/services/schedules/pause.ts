import type { Actor, Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import { requireAdmin } from '../access.ts';
import { announceSchedules } from './changed.ts';
import type { SchedulerStatus } from './schedulerStatus.ts';
import { readSchedulerStatus } from './schedulerStatus.ts';
import { setPaused, setRunning } from './sql.ts';

/** Stops the scheduler as a whole, in every process and over restarts. What is running goes on. */
export async function pauseScheduler(ctx: Context): Promise<SchedulerStatus> {
  requireAdmin(ctx);
  await inTransaction(ctx, async (sql) => {
    await setPaused.run(sql, nameOf(ctx.actor));
    await announceSchedules(sql);
  });
  return readSchedulerStatus(ctx);
}

/** Starts it again, at once in every process. What was missed meanwhile is caught up. */
export async function resumeScheduler(ctx: Context): Promise<SchedulerStatus> {
  requireAdmin(ctx);
  await inTransaction(ctx, async (sql) => {
    await setRunning.run(sql);
    await announceSchedules(sql);
  });
  return readSchedulerStatus(ctx);
}

/** As the audit log names them. */
function nameOf(actor: Actor): string {
  return actor.kind === 'ANONYMOUS' ? 'anonymous' : actor.name;
}
