import type { Context } from '../../context.ts';
import { requireAdmin } from '../access.ts';
import { setSetting } from './sql.ts';

const KEY = 'scheduler.paused';

/** Stops the scheduler as a whole, in every process and over restarts. What is running goes on. */
export async function pauseScheduler(ctx: Context): Promise<void> {
  requireAdmin(ctx);
  await setSetting.run(ctx.db.pool, KEY, 'true');
}

/** Starts it again, within seconds in other processes. What was missed meanwhile is caught up. */
export async function resumeScheduler(ctx: Context): Promise<void> {
  requireAdmin(ctx);
  await setSetting.run(ctx.db.pool, KEY, 'false');
}
