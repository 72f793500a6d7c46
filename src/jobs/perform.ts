import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { asSystem } from '../context.ts';
import type { Context } from '../context.ts';
import { countThrottleWait } from '../lib/meters.ts';
import { retrying } from '../lib/retry.ts';
import { traced } from '../lib/telemetry.ts';
import { endTask } from '../services/runs/finish.ts';
import { parkTask } from '../services/runs/park.ts';
import { beginTask, createTaskWork, writeLog } from '../services/runs/perform.ts';
import type { BegunTask } from '../services/runs/perform.ts';
import { requeue } from '../services/runs/requeue.ts';
import { TaskStopped } from '../services/runs/stopped.ts';
import type { TaskOutcome } from '../services/runs/task.ts';
import type { JobRegistry } from './define.ts';
import { decideEnd, decideRetry, isDatabaseAway, judgeFailure, parkedReason } from './judge.ts';
import type { Failure } from './judge.ts';
import { enqueue } from './queue.ts';
import type { JobPayload } from './queue.ts';

/** A task that is being performed by this process. */
export interface ActiveTask {
  begun: BegunTask;
  /** Aborts with a TaskStopped. */
  stop: AbortController;
}

/** What the performing of tasks needs to know of its runner. */
export interface Performer {
  ctx: Context;
  jobs: JobRegistry;
  active: Set<ActiveTask>;
  /** Set when the process is stopping: nothing new is begun for good. */
  stopping: () => boolean;
  /** Aborts when no time is left even for storing outcomes. */
  deadline: AbortSignal;
  /** How long a task may take to notice that it must stop before it is left alone. */
  graceMs: number;
  /** Milliseconds before a failed task is tried again inside its run, or null. Tests shorten it. */
  retryDelayMs: (failure: Failure, retries: number, waitedMs: number) => number | null;
}

/** A task during which the process died so often without getting ahead is not begun again. */
const MOST_DEATHS = 10;

type Ending =
  | { kind: 'ENDED'; outcome: TaskOutcome }
  | { kind: 'FAILED'; error: unknown }
  /** The task belongs to nobody, or to somebody else, now. */
  | { kind: 'LOST' }
  | { kind: 'HANDED_BACK' };

/**
 * Performs one job of the queue: begins the task, lets its job do the work, stores the outcome. Outcomes are stored
 * for as long as the database is away; rejects only when the process ends before that, and then the task is begun
 * again by whoever finds its worker dead.
 */
export async function performTask(performer: Performer, payload: JobPayload): Promise<void> {
  const begun = await stored(performer, () => beginTask(performer.ctx, payload));
  if (!begun) return;
  const task: ActiveTask = { begun, stop: new AbortController() };
  performer.active.add(task);
  try {
    if (performer.stopping()) task.stop.abort(new TaskStopped('STOPPING'));
    const ids = { 'tributary.run.id': begun.runId, 'tributary.task.id': begun.taskId };
    await traced(`task ${begun.kind}`, ids, async (step) => {
      const ending = await attempt(performer, task);
      step.tell({ 'tributary.task.ending': ending.kind });
      if (ending.kind === 'FAILED') step.fail(ending.error);
      await stored(performer, () => settle(performer, { begun, payload, ending }));
    });
  } finally {
    performer.active.delete(task);
  }
}

/** Until the database takes it. */
function stored<T>(performer: Performer, work: () => Promise<T>): Promise<T> {
  return retrying(work, {
    tries: 10_000,
    baseMs: 100,
    capMs: 2_000,
    random: Math.random,
    decide: (error) => (isDatabaseAway(error) ? 'retry' : 'stop'),
    signal: performer.deadline,
  });
}

async function attempt(performer: Performer, { begun, stop }: ActiveTask): Promise<Ending> {
  const over = new AbortController();
  try {
    stop.signal.throwIfAborted();
    const job = performer.jobs.get(begun.kind);
    if (!job) throw new Error(`this version has no job "${begun.kind}"`);
    if (begun.attempts - begun.retries > MOST_DEATHS)
      throw new Error('the process died too often during this task');
    const ctx = asSystem(performer.ctx, begun.kind);
    const work = createTaskWork(ctx, begun, stop);
    const outcome = await Promise.race([
      job.perform(ctx, work),
      overdue(performer, stop.signal, over.signal),
    ]);
    return { kind: 'ENDED', outcome };
  } catch (error) {
    if (!stop.signal.aborted) return { kind: 'FAILED', error };
    const reason: unknown = stop.signal.reason;
    const handBack = reason instanceof TaskStopped && reason.stopCause === 'STOPPING';
    return { kind: handBack ? 'HANDED_BACK' : 'LOST' };
  } finally {
    over.abort();
  }
}

/** Rejects some time after the task was told to stop: work that does not listen is left alone. */
async function overdue({ graceMs }: Performer, stop: AbortSignal, over: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    for (const signal of [stop, over]) signal.addEventListener('abort', () => resolve(), { once: true });
  });
  if (!over.aborted) await wait(graceMs, undefined, { signal: over });
  throw stop.reason;
}

interface Settlement {
  begun: BegunTask;
  payload: JobPayload;
  ending: Ending;
}

async function settle(performer: Performer, { begun, payload, ending }: Settlement): Promise<void> {
  const { ctx } = performer;
  switch (ending.kind) {
    case 'LOST':
      return;
    case 'HANDED_BACK':
      return requeue(ctx, { begun, failure: null, enqueue: (sql) => enqueue(sql, [payload]) });
    case 'ENDED': {
      const { status, reason = null } = ending.outcome;
      await endTask(ctx, { ...begun, status, errorClass: null, reason });
      return;
    }
    case 'FAILED':
      return settleFailure(performer, { begun, payload, error: ending.error });
  }
}

async function settleFailure(
  performer: Performer,
  { begun, payload, error }: { begun: BegunTask; payload: JobPayload; error: unknown },
): Promise<void> {
  const { ctx } = performer;
  const failure = explained(ctx, { begun, error });
  const { errorClass, reason } = failure;
  const delayMs = performer.retryDelayMs(failure, payload.retries, payload.waitedMs);
  if (delayMs === null) return endFailed(performer, { begun, payload, failure });
  const waitedMs = payload.waitedMs + (errorClass === 'WAIT' ? delayMs : 0);
  if (errorClass === 'WAIT') countThrottleWait(begun.kind, delayMs);
  const again = { ...payload, retries: payload.retries + 1, waitedMs };
  await requeue(ctx, {
    begun,
    failure: { errorClass, reason },
    enqueue: (sql) => enqueue(sql, [again], delayMs),
  });
}

/** The task ends, and with it, where only patience is needed, begins the run that goes on with it later. */
async function endFailed(
  { ctx, jobs }: Performer,
  { begun, payload, failure }: { begun: BegunTask; payload: JobPayload; failure: Failure },
): Promise<void> {
  const { errorClass } = failure;
  const { trigger, kind, accountId } = begun;
  const ofAccount = accountId !== null;
  const end = decideEnd(failure, { trigger, ofAccount, now: ctx.now(), random: Math.random() });
  if (end.kind === 'SKIPPED') {
    await endTask(ctx, { ...begun, status: 'SKIPPED', errorClass: null, reason: failure.reason });
    return;
  }
  const parked = end.kind === 'PARKED';
  const reason = parked ? parkedReason(failure.reason) : failure.reason;
  const rest = parked ? await jobs.get(kind)?.rest?.(asSystem(ctx, kind), begun) : undefined;
  const ended = await endTask(ctx, { ...begun, status: 'FAILED', errorClass, reason }, async (sql) => {
    if (parked) await parkTask(ctx, sql, { ...payload, begun, rest, notBefore: end.notBefore });
  });
  if (ended && parked) countThrottleWait(kind, end.notBefore.getTime() - ctx.now().getTime());
  if (ended) await writeLog(ctx.db.pool, begun, { level: parked ? 'WARN' : 'ERROR', message: reason });
}

/** A mistake of this program gets a number under which the log has it, because its text may hold anything. */
function explained(ctx: Context, { begun, error }: { begun: BegunTask; error: unknown }): Failure {
  const failure = judgeFailure(error);
  if (failure.errorClass !== 'INTERNAL') return failure;
  const errorId = randomUUID();
  ctx.log.error(
    { errorId, runId: begun.runId, taskId: begun.taskId, err: error },
    'task broke on a mistake of this program',
  );
  return { ...failure, reason: `Something went wrong inside; the log has it under ${errorId}.` };
}

/** The pauses a runner uses unless told otherwise. */
export function retryDelay(ctx: Context): Performer['retryDelayMs'] {
  return (failure, retries, waitedMs) =>
    decideRetry(failure, { now: ctx.now(), retries, waitedMs, random: Math.random() });
}
