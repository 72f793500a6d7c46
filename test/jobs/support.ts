import { z } from 'zod';
import { keptMail } from '../../src/connectors/mail/kept.ts';
import { inTransaction } from '../../src/context.ts';
import type { Context } from '../../src/context.ts';
import type { Database } from '../../src/db/client.ts';
import type { RunStatus, TaskStatus } from '../../src/db/enums.ts';
import { defineJob } from '../../src/jobs/define.ts';
import type { JobDefinition, JobRegistry } from '../../src/jobs/define.ts';
import { createJobQueue } from '../../src/jobs/queue.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { fixedKeyRing } from '../../src/lib/keyRing.ts';
import { createLog } from '../../src/lib/log.ts';
import { createPubSub } from '../../src/pubsub.ts';
import { startRun } from '../../src/services/runs/start.ts';
import type { NewTask, TaskOutcome, TaskWork } from '../../src/services/runs/task.ts';
import { waitFor } from '../support/waitFor.ts';

/** A context of its own, as one process would have it. */
export function createContext(db: Database, changes: Partial<Context> = {}): Context {
  return {
    db,
    now: systemClock,
    log: createLog('silent'),
    actor: { kind: 'SYSTEM', name: 'test' },
    origin: null,
    platforms: new Map(),
    oauthPlatforms: new Map(),
    publicUrl: () => 'http://127.0.0.1',
    allowSpendingTokens: false,
    secretKeys: fixedKeyRing([]),
    agencyTokens: new Map(),
    pubsub: createPubSub(),
    jobs: createJobQueue(),
    mail: keptMail(),
    reportTo: [],
    jobCatalogue: new Map(),
    ...changes,
  };
}

export const DONE: TaskOutcome = { status: 'SUCCEEDED' };

export type Perform = (task: TaskWork, ctx: Context) => Promise<TaskOutcome>;

/** A job that starts a run of one task, for the scheduler, and performs as told. */
export function jobOf(
  perform: Perform,
  changes: Partial<JobDefinition<unknown>> = {},
): JobDefinition<unknown> {
  return defineJob<unknown>({
    kind: 'TEST',
    label: 'Test',
    parameters: z.unknown(),
    defaultSchedule: null,
    catchUp: 'LATEST',
    start: (ctx, { trigger, scheduleId }) => start(ctx, { tasks: [task()], trigger, scheduleId }),
    perform: (ctx, work) => perform(work, ctx),
    ...changes,
  });
}

export function registryOf(...jobs: JobDefinition<unknown>[]): JobRegistry {
  return new Map(jobs.map((job) => [job.kind, job]));
}

export function task(name = 'one', serialKey: string | null = null): NewTask {
  return { clientId: null, accountId: null, parameters: { name }, serialKey, priority: 0 };
}

export function nameOf(work: { parameters: unknown }): string {
  return (work.parameters as { name: string }).name;
}

let works = 0;

export function start(
  ctx: Context,
  changes: Partial<Parameters<typeof startRun>[2]> = {},
): Promise<{ runId: string; created: boolean }> {
  const run = {
    kind: 'TEST',
    trigger: 'MANUAL' as const,
    clientId: null,
    scheduleId: null,
    parameters: {},
    workKey: `work ${String(works++)}`,
    tasks: [task()],
    ...changes,
  };
  return inTransaction(ctx, (sql) => startRun(ctx, sql, run));
}

export interface StoredRun {
  status: RunStatus;
  tasks_total: number;
  tasks_done: number;
  records_synced: string;
  seq: number;
  error_class: string | null;
  error_reason: string | null;
  tasks: { name: string; status: TaskStatus; attempts: number; records: number; class: string | null }[];
}

export async function readRun(db: Database, runId: string): Promise<StoredRun> {
  const { rows } = await db.pool.query<StoredRun>(
    `SELECT r.status, r.tasks_total, r.tasks_done, r.records_synced, r.seq, r.error_class, r.error_reason,
       (SELECT coalesce(json_agg(json_build_object('name', t.parameters ->> 'name', 'status', t.status,
                 'attempts', t.attempts, 'records', t.records_synced, 'class', t.error_class)
                 ORDER BY t.position), '[]')
        FROM run_tasks t WHERE t.run_id = r.id) AS tasks
     FROM runs r WHERE r.id = $1`,
    [runId],
  );
  if (!rows[0]) throw new Error('no such run');
  return rows[0];
}

/** The run once it is over. */
export function finished(db: Database, runId: string, within = 8_000): Promise<StoredRun> {
  return waitFor(
    async () => {
      const run = await readRun(db, runId);
      return run.status === 'QUEUED' || run.status === 'RUNNING' ? null : run;
    },
    { what: 'the run to end', within },
  );
}

/** A promise that is settled from outside. */
export function signal<T = void>() {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => (settle = resolve));
  return { promise, settle };
}

/** Ends with the task's abort reason. */
export function untilStopped(work: { signal: AbortSignal }): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(work.signal.reason as Error);
    if (work.signal.aborted) stop();
    work.signal.addEventListener('abort', stop);
  });
}
