import type { Context } from '../context.ts';
import { errorText } from '../db/errors.ts';
import { findLostTasks } from '../services/runs/perform.ts';
import { TaskStopped } from '../services/runs/stopped.ts';
import type { JobRegistry } from './define.ts';
import { retryDelay } from './perform.ts';
import type { Performer } from './perform.ts';
import { keepWorkers } from './workers.ts';

export interface RunnerOptions {
  jobs: JobRegistry;
  /** Tasks performed at the same time. */
  concurrency: number;
  retryDelayMs?: Performer['retryDelayMs'];
  /** How long a task may take to notice that it must stop; 6 s when left out. */
  graceMs?: number;
}

export interface Runner {
  /** Takes no more tasks, hands back what does not end in time, and is over within 10 s. */
  stop(): Promise<void>;
}

/** How often dead workers are looked for; after a kill their tasks go on within this time. */
const SWEEP_MS = 5_000;
/** How often tasks are told that their run was cancelled by another process. */
const LOST_MS = 2_000;
const GRACE_MS = 6_000;
/** Longest time for stopping; more than a task's own grace. */
const STOP_MS = 9_000;

/**
 * Performs the tasks of the queue in this process, together with every other process on the database. A worker that
 * dies is noticed by the others (and by its own successor), and its tasks go on where their last checkpoint was.
 */
export async function startRunner(ctx: Context, options: RunnerOptions): Promise<Runner> {
  const stopping = new AbortController();
  const deadline = new AbortController();
  const performer: Performer = {
    ctx,
    jobs: options.jobs,
    active: new Set(),
    stopping: () => stopping.signal.aborted,
    deadline: deadline.signal,
    graceMs: options.graceMs ?? GRACE_MS,
    retryDelayMs: options.retryDelayMs ?? retryDelay(ctx),
  };
  const workers = keepWorkers(performer, { concurrency: options.concurrency, stopping: stopping.signal });
  const stopListening = stopCancelled(performer);
  const timers = [
    every(SWEEP_MS, () => workers.unlockDead(), ctx),
    every(LOST_MS, () => stopLost(performer), ctx),
  ];
  await workers.ready;
  await workers.unlockDead().catch((error: unknown) => warn(ctx, error));
  return {
    stop: async () => {
      const leave = setTimeout(() => deadline.abort(), STOP_MS);
      workers.shut();
      stopping.abort();
      for (const task of performer.active) task.stop.abort(new TaskStopped('STOPPING'));
      for (const timer of timers) clearInterval(timer);
      stopListening();
      await Promise.race([workers.done, aborted(deadline.signal)]);
      clearTimeout(leave);
      deadline.abort();
      await workers.release();
    },
  };
}

/** Tasks whose run is cancelled, in whatever process, stop at once. */
function stopCancelled(performer: Performer): () => void {
  const messages = performer.ctx.pubsub.subscribe('runFinished', {
    accepts: (run) => run.status === 'CANCELLED',
    coalesceBy: (run) => run.runId,
  });
  void (async () => {
    for await (const { runId } of messages) {
      for (const task of performer.active) {
        if (task.begun.runId === runId) task.stop.abort(new TaskStopped('CANCELLED'));
      }
    }
  })().catch((error: unknown) => warn(performer.ctx, error));
  return () => void messages.return?.();
}

/** Tasks that were taken over stop soon, and those of a cancelled run of which no message came. */
async function stopLost({ active, ctx }: Performer): Promise<void> {
  const tasks = [...active];
  if (tasks.length === 0) return;
  const lost = await findLostTasks(
    ctx.db.pool,
    tasks.map((task) => task.begun),
  );
  for (const task of tasks) {
    if (lost.has(task.begun.taskId)) task.stop.abort(new TaskStopped('TAKEN_OVER'));
  }
}

function every(ms: number, work: () => Promise<void>, ctx: Context): NodeJS.Timeout {
  let busy = false;
  return setInterval(() => {
    if (busy) return;
    busy = true;
    void work()
      .catch((error: unknown) => warn(ctx, error))
      .finally(() => (busy = false));
  }, ms);
}

function warn(ctx: Context, error: unknown): void {
  ctx.log.warn({ reason: errorText(error) }, 'the runner could not look after its tasks; trying again');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
