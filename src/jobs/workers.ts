import { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { runTaskList } from 'graphile-worker';
import type { WorkerEvents, WorkerPool } from 'graphile-worker';
import { errorText } from '../db/errors.ts';
import { keepAlive } from './liveness.ts';
import type { Liveness } from './liveness.ts';
import { performTask } from './perform.ts';
import type { Performer } from './perform.ts';
import { parsePayload } from './queue.ts';
import { QUEUE_TASK, unlockDeadWorkers } from './sql.ts';
import { toWorkerLog } from './workerLog.ts';

const RESTART_MS = 1_000;
/** The queue tells workers of new jobs; looking by themselves is for jobs that were to wait. */
const POLL_MS = 1_000;
const LANE_MS = 20;

export interface Workers {
  /** The first pool holds its sign of life. */
  ready: Promise<void>;
  /** The last pool has ended after `shut`. */
  done: Promise<void>;
  shut(): void;
  unlockDead(): Promise<void>;
  release(): Promise<void>;
}

export interface WorkersOptions {
  /** Tasks performed at the same time. */
  concurrency: number;
  stopping: AbortSignal;
}

/** The queue library ends its pool when it cannot store that a job is done; then another one takes its place. */
export function keepWorkers(performer: Performer, options: WorkersOptions): Workers {
  const { concurrency, stopping } = options;
  let current = startPool(performer, concurrency);
  const done = (async () => {
    for (;;) {
      await current.ended;
      if (stopping.aborted) return;
      performer.ctx.log.warn('the queue stopped by itself; starting it again');
      await current.liveness.release();
      await wait(RESTART_MS);
      if (stopping.aborted) return;
      current = startPool(performer, concurrency);
    }
  })();
  return {
    ready: current.liveness.held(),
    done,
    shut: () => current.shut(),
    unlockDead: async () => {
      const found = await unlockDeadWorkers.maybe(performer.ctx.db.staff.queue, current.id);
      if (!found) return;
      performer.ctx.log.warn({ workers: found.workers }, 'took over the tasks of workers that died');
      current.nudge(concurrency);
    },
    release: () => current.liveness.release(),
  };
}

interface Pool {
  id: string;
  liveness: Liveness;
  ended: Promise<void>;
  nudge(count: number): void;
  shut(): void;
}

function startPool(performer: Performer, concurrency: number): Pool {
  const { ctx } = performer;
  const events: WorkerEvents = new EventEmitter();
  let liveness: Liveness | null = null;
  const pool: WorkerPool = runTaskList(
    {
      concurrency,
      noHandleSignals: true,
      pollInterval: POLL_MS,
      logger: toWorkerLog(ctx.log),
      events,
      // Asked before every look for a job: none is taken by a worker that others could think dead.
      forbiddenFlags: async () => {
        await Promise.resolve();
        await liveness?.held();
        return null;
      },
      // Otherwise the library leaves a rejected promise alone when the database is away, which ends the process.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    },
    { [QUEUE_TASK]: (payload: unknown) => take(performer, pool.id, payload) },
    ctx.db.staff.queue,
  );
  const id = pool.id;
  liveness = keepAlive({ url: ctx.db.staff.url, log: ctx.log, workerId: id });
  let shut = false;
  const nudge = (count: number) => {
    if (!shut) pool.nudge(count);
  };
  // A look for a job locks every free lane for a moment, so workers that look at the same time find none.
  events.on('job:start', () => nudge(1));
  // The lane of a job is free only some moments after the job is over, when the library has stored that.
  events.on('job:complete', ({ job }) => {
    if (job.job_queue_id !== null) setTimeout(nudge, LANE_MS, 1);
  });
  const ended = pool.promise.catch((error: unknown) => {
    ctx.log.warn({ reason: errorText(error) }, 'the queue ended with an error');
  });
  return {
    id,
    liveness,
    ended: ended.finally(() => (shut = true)),
    nudge,
    shut: () => {
      if (shut) return;
      shut = true;
      void Promise.resolve(pool.gracefulShutdown('process is stopping')).catch(() => undefined);
    },
  };
}

/** With several workers on one database only the log tells which of them did what. */
function take(performer: Performer, workerId: string, payload: unknown): Promise<void> {
  const task = parsePayload(payload);
  performer.ctx.log.debug({ workerId, taskId: task.taskId }, 'task taken');
  return performTask(performer, task);
}
