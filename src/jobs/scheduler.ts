import { asSystem } from '../context.ts';
import type { Context } from '../context.ts';
import { errorText } from '../db/errors.ts';
import { listen } from '../db/notify.ts';
import { SCHEDULES_CHANNEL } from '../services/schedules/changed.ts';
import { createMissingDefaults } from '../services/schedules/defaults.ts';
import { missedFires } from '../services/schedules/missed.ts';
import { deleteOldFires, findActiveSchedules } from '../services/schedules/sql.ts';
import type { ScheduleRow } from '../services/schedules/sql.ts';
import { nextFires } from '../services/schedules/status.ts';
import type { JobDefinition, JobRegistry } from './define.ts';
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

/** How soon a change is noticed whose message was lost. */
const LONGEST_SLEEP_MS = 10_000;
const AFTER_ERROR_MS = 1_000;
/** A moment that is later than this is caught up, not on time. */
const LATE_MS = 60_000;

/**
 * Starts what is due, in as many processes as wanted: each moment of a schedule is claimed in the database once.
 * It sleeps until the next moment or until a schedule is changed, by whichever process, and what it finds due on
 * waking includes what was missed while no process was there, by the job's own rule. The time is the database's:
 * this process's clock may be wrong.
 */
export async function startScheduler(ctx: Context, { jobs }: SchedulerOptions): Promise<Scheduler> {
  const system = asSystem(ctx, 'scheduler');
  await deleteOldFires.run(ctx.db.pool);
  const plans: Plans = new Map();
  const keeper = keepTime(ctx, (stopping) => fireDue(system, { jobs, plans, stopping }));
  const reload = () => keeper.reload();
  const listening = listen({
    url: ctx.db.staff.url,
    log: ctx.log,
    channels: [SCHEDULES_CHANNEL],
    onMessage: reload,
    onConnect: reload,
  });
  return {
    reload,
    stop: async () => {
      await Promise.all([listening.close(), keeper.stop()]);
    },
  };
}

/** The default schedules of jobs that never had theirs; see `createMissingDefaults`. */
export async function createDefaultSchedules(ctx: Context, jobs: JobRegistry): Promise<void> {
  const defaults = [...jobs.values()].flatMap(({ kind, defaultSchedule }) =>
    defaultSchedule ? [{ kind, ...defaultSchedule }] : [],
  );
  await createMissingDefaults(ctx, defaults);
}

/** Calls `look` whenever it is time; it tells in how many milliseconds to look again, null = nothing is due ever. */
function keepTime(ctx: Context, look: (stopping: AbortSignal) => Promise<number | null>): Scheduler {
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
      const ms = (await look(stopping.signal)) ?? LONGEST_SLEEP_MS;
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

/** What a look found of a schedule that had nothing due: the next moment, as long as the schedule is the same. */
type Plans = Map<string, { of: string; next: Date | null }>;

interface Look {
  jobs: JobRegistry;
  plans: Plans;
  stopping: AbortSignal;
}

/** Starts everything that is due now; returns the milliseconds until something will be. */
async function fireDue(ctx: Context, { jobs, plans, stopping }: Look): Promise<number | null> {
  const rows = await findActiveSchedules.all(ctx.db.pool);
  const now = rows[0]?.now;
  if (!now) throw new Error('schedules.active returned no row');
  const schedules = rows.filter((row) => row.id !== null);
  forgetOthers(plans, schedules);
  let fired = false;
  for (const schedule of schedules) {
    for (const { job, fireAt } of dueFires(ctx, { schedule, jobs, plans, now })) {
      if (stopping.aborted) return null;
      const trigger = now.getTime() - fireAt.getTime() > LATE_MS ? 'CATCH_UP' : 'SCHEDULE';
      await fire(ctx, { schedule, job, fireAt, trigger });
      fired = true;
    }
  }
  // Starting jobs took time, so what is known of the time is old.
  return fired ? 0 : untilNext(plans, now);
}

function untilNext(plans: Plans, now: Date): number | null {
  const moments = [...plans.values()].flatMap(({ next }) => (next ? [next.getTime()] : []));
  return moments.length === 0 ? null : moments.reduce((a, b) => Math.min(a, b)) - now.getTime();
}

function forgetOthers(plans: Plans, schedules: readonly ScheduleRow[]): void {
  const ids = new Set(schedules.map((schedule) => schedule.id));
  for (const id of plans.keys()) if (!ids.has(id)) plans.delete(id);
}

interface Asked extends Omit<Look, 'stopping'> {
  schedule: ScheduleRow;
  now: Date;
}

/** Nothing, with a word in the log, for a schedule that cannot be kept: the others go on. */
function dueFires(ctx: Context, asked: Asked): { job: JobDefinition<unknown>; fireAt: Date }[] {
  const { schedule, jobs, plans, now } = asked;
  const { id, kind, cron, timezone, after } = schedule;
  const of = [kind, cron, timezone, after.getTime()].join('\n');
  const known = plans.get(id);
  // Asking the cron expression takes a fifth of a millisecond, and most schedules have nothing due.
  if (known?.of === of && (!known.next || known.next > now)) return [];
  plans.delete(id);
  try {
    const job = jobs.get(kind);
    if (!job) throw new Error(`this version has no job "${kind}"`);
    const due = missedFires({ cron, timezone, after, now, policy: job.catchUp });
    if (due.length === 0) plans.set(id, { of, next: nextFires({ cron, timezone }, now, 1)[0] ?? null });
    return due.map((fireAt) => ({ job, fireAt }));
  } catch (error) {
    ctx.log.error({ scheduleId: id, reason: errorText(error) }, 'schedule cannot be kept');
    plans.set(id, { of, next: null });
    return [];
  }
}
