import type { Context } from '../../context.ts';
import { requireAdmin } from '../access.ts';
import { findPause, findStartingSchedules } from './sql.ts';
import { nextFires } from './status.ts';
import type { Recurrence } from './status.ts';

/** Where the scheduler of the whole installation stands. */
export interface SchedulerStatus {
  /** False = somebody paused it. */
  running: boolean;
  /** When something starts next; null while it is paused, or when nothing is scheduled. */
  nextFire: Date | null;
  pausedAt: Date | null;
  /** The name of who paused it. */
  pausedBy: string | null;
}

/** Throws FORBIDDEN. */
export async function readSchedulerStatus(ctx: Context): Promise<SchedulerStatus> {
  requireAdmin(ctx);
  const pause = await findPause.maybe(ctx.db.pool);
  if (pause) return { running: false, nextFire: null, pausedAt: pause.at, pausedBy: pause.by };
  const schedules = await findStartingSchedules.all(ctx.db.pool);
  return { running: true, nextFire: soonest(schedules, ctx.now()), pausedAt: null, pausedBy: null };
}

function soonest(schedules: readonly Recurrence[], now: Date): Date | null {
  const moments = schedules.flatMap((schedule) => firstFire(schedule, now));
  return moments.reduce<Date | null>((first, moment) => (first && first <= moment ? first : moment), null);
}

/** Nothing for a schedule that cannot be kept: the log tells of it. */
function firstFire(schedule: Recurrence, now: Date): Date[] {
  try {
    return nextFires(schedule, now, 1);
  } catch {
    return [];
  }
}
