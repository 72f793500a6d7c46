import { openDatabase } from '../../src/db/client.ts';
import { startScheduler } from '../../src/jobs/scheduler.ts';
import { createLog } from '../../src/lib/log.ts';
import type { RunningClock } from '../support/databaseClock.ts';
import { clockOf } from '../support/databaseClock.ts';
import { createContext, DONE, jobOf, registryOf, start } from './support.ts';

export interface FastScheduler {
  url: string;
  clock: RunningClock;
  /** How wrong the clock of this process is. */
  skewMs: number;
}

/** Timers go by real time: a scheduler whose time runs faster has to be woken. */
const TICK_MS = 40;

/** A scheduler as a process has it, with connections of its own; each moment of kind TEST becomes a run. */
export async function keepFastTime({
  url,
  clock,
  skewMs,
}: FastScheduler): Promise<{ stop(): Promise<void> }> {
  const db = openDatabase({ url, log: createLog('silent'), connections: 3 });
  const ctx = createContext(db, { now: () => new Date(clockOf(clock).getTime() + skewMs) });
  const job = jobOf(() => Promise.resolve(DONE), {
    catchUp: 'EVERY',
    start: (own, { trigger, scheduleId, fireAt }) =>
      start(own, {
        trigger,
        scheduleId,
        workKey: `moment ${fireAt.toISOString()} of ${process.pid} ${works++}`,
      }),
  });
  const scheduler = await startScheduler(ctx, { jobs: registryOf(job) });
  const ticks = setInterval(() => scheduler.reload(), TICK_MS);
  return {
    stop: async () => {
      clearInterval(ticks);
      await scheduler.stop();
      await db.close();
    },
  };
}

/** No two starts are the same work: one that is started twice shows. */
let works = 0;
