import type { Context } from '../../context.ts';
import { badInput } from '../../errors.ts';
import { requireAdmin } from '../access.ts';
import type { Recurrence } from './status.ts';
import { checkCron, nextFires } from './status.ts';

/** Most moments that are told ahead. */
const MOST = 10;

/** When such a schedule would be due next, soonest first. Throws FORBIDDEN, BAD_USER_INPUT as `checkCron` does. */
export function previewSchedule(ctx: Context, times: Recurrence, count: number): Date[] {
  requireAdmin(ctx);
  checkCron(times.cron, times.timezone, ctx.now());
  return upcoming(ctx, times, count);
}

/** The next `count` moments, 1 to 10 of them. Throws BAD_USER_INPUT. */
export function upcoming(ctx: Context, times: Recurrence, count: number): Date[] {
  if (!Number.isInteger(count) || count < 1 || count > MOST) {
    throw badInput(`count must be from 1 to ${String(MOST)}.`);
  }
  return nextFires(times, ctx.now(), count);
}
