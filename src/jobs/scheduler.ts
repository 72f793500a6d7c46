import { asSystem } from '../context.ts';
import type { Context } from '../context.ts';
import { errorText } from '../db/errors.ts';
import { createMissingDefaults } from '../services/schedules/defaults.ts';
import { missedFires } from '../services/schedules/missed.ts';
import { deleteOldFires, findActiveSchedules } from '../services/schedules/sql.ts';
import type { ScheduleRow } from '../services/schedules/sql.ts';
import { nextFires } from '../services/schedules/status.ts';
import type { JobRegistry } from './define.ts';
import { fire } from './fire.ts';

export interface SchedulerOptions {
  jobs: JobRegistry;
}

export interface Scheduler {
  /** Fires nothing more; waits for a fire that is being claimed. */
  stop(): Promise<void>;
  /** Looks at the schedules again now, after one was changed. */
  reload(): void;
}

/** How soon a schedule that another process changed is noticed. */
const LONGEST_SLEEP_MS = 10_000;
const AFTER_ERROR_MS = 1_000;
/** A moment that is later than this is caught up, not on time. */
const LATE_MS = 60_000;
const KEEP_FIRES_MS = 7 * 86_400_000;

/**
 * Starts what is due, in as many processes as wanted: each moment of a schedule is claimed in the database once.
 * It sleeps until the next moment, and what it finds due on waking includes what was missed while no process was
 * there, by the job's own rule.
 */
export async function startScheduler(ctx: Context, { jobs }: SchedulerOptions): Promise<Scheduler> {
  const system = asSystem(ctx, 'scheduler');
  const keptFrom = new Date(ctx.now().getTime() - KEEP_FIRES_MS);
  await deleteOldFires.run(ctx.db.pool, keptFrom);
  return keepTime(ctx, (stopping) => fireDue(system, jobs, stopping));
}

/** The default schedules of jobs that never had theirs; see `createMissingDefaults`. */
export async function createDefaultSchedules(ctx: Context, jobs: JobRegistry): Promise<void> {
  const defaults = [...jobs.values()].flatMap(({ kind, defaultSchedule }) =>
    defaultSchedule ? [{ kind, ...defaultSchedule }] : [],
  );
  await createMissingDefaults(ctx, defaults);
}

/** Calls `look` whenever it is time; it tells the moment to look again at. */
function keepTime(ctx: Context, look: (stopping: AbortSignal) => Promise<Date | null>): Scheduler {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | null = null;
  let again = false;
  const wake = () => {
    if (stopping.signal.aborted) return;
    if (looking) {
      again = true;
      return;
    }
    clearTimeout(timer);
    again = false;
    looking = sleepMs().then((ms) => {
      looking = null;
      if (!stopping.signal.aborted) timer = setTimeout(wake, again ? 0 : ms);
    });
  };
  const sleepMs = async () => {
    try {
      const next = await look(stopping.signal);
      const ms = next ? next.getTime() - ctx.now().getTime() : LONGEST_SLEEP_MS;
      return Math.min(Math.max(ms, 0), LONGEST_SLEEP_MS);
    } catch (error) {
      ctx.log.warn({ reason: errorText(error) }, 'schedules could not be read; trying again');
      return AFTER_ERROR_MS;
    }
  };
  wake();
  return {
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      await looking;
    },
    reload: wake,
  };
}

/** Starts everything that is due now; returns the next moment at which something will be. */
async function fireDue(ctx: Context, jobs: JobRegistry, stopping: AbortSignal): Promise<Date | null> {
  const schedules = await findActiveSchedules.all(ctx.db.pool);
  const now = ctx.now();
  let soonest: Date | null = null;
  for (const schedule of schedules) {
    const plan = planOf(ctx, { schedule, jobs, now });
    if (!plan) continue;
    for (const fireAt of plan.due) {
      if (stopping.aborted) return null;
      const trigger = now.getTime() - fireAt.getTime() > LATE_MS ? 'CATCH_UP' : 'SCHEDULE';
      await fire(ctx, { schedule, job: plan.job, fireAt, trigger });
    }
    if (plan.next && (!soonest || plan.next < soonest)) soonest = plan.next;
  }
  return soonest;
}

/** Null, with a word in the log, for a schedule that cannot be kept: the others go on. */
function planOf(
  ctx: Context,
  { schedule, jobs, now }: { schedule: ScheduleRow; jobs: JobRegistry; now: Date },
) {
  const { kind, cron, timezone, after } = schedule;
  try {
    const job = jobs.get(kind);
    if (!job) throw new Error(`this version has no job "${kind}"`);
    const due = missedFires({ cron, timezone, after, now, policy: job.catchUp });
    return { job, due, next: nextFires({ cron, timezone }, now, 1)[0] ?? null };
  } catch (error) {
    ctx.log.error({ scheduleId: schedule.id, reason: errorText(error) }, 'schedule cannot be kept');
    return null;
  }
}
