import type pg from 'pg';
import { runMigrations } from 'graphile-worker';
import { z } from 'zod';
import type { JobQueue, QueuedTask } from '../context.ts';
import type { Sql } from '../db/sql.ts';
import type { Logger } from '../lib/log.ts';
import { addJobs, lockLanes } from './sql.ts';
import { toWorkerLog } from './workerLog.ts';

/** What the queue keeps of a task: enough to put it back as it was. */
const jobPayload = z.object({
  taskId: z.string(),
  serialKey: z.string().nullable(),
  priority: z.number(),
  /** How often it was put back after a failure that may pass. */
  retries: z.number(),
  /** Milliseconds it was put back for on the platform's word, all together. */
  waitedMs: z.number().default(0),
});
export type JobPayload = z.infer<typeof jobPayload>;

export function parsePayload(payload: unknown): JobPayload {
  return jobPayload.parse(payload);
}

/** The queue in PostgreSQL. Tasks of one serial key run one after the other, in all processes together. */
export function createJobQueue(): JobQueue {
  return {
    enqueueTasks: (sql, tasks, delayMs) =>
      enqueue(
        sql,
        tasks.map((task) => ({ ...task, retries: 0, waitedMs: 0 })),
        delayMs,
      ),
  };
}

/** Adds jobs in the caller's transaction, to be done after `delayMs`. */
export async function enqueue(
  sql: Sql,
  tasks: readonly (QueuedTask & JobPayload)[],
  delayMs = 0,
): Promise<void> {
  if (tasks.length === 0) return;
  const lanes = new Set(tasks.map((task) => task.serialKey).filter((key) => key !== null));
  if (lanes.size > 1) await lockLanes.run(sql);
  await addJobs.run(
    sql,
    tasks.map((task) => task.taskId),
    tasks.map((task) => JSON.stringify(task satisfies JobPayload)),
    tasks.map((task) => task.serialKey),
    tasks.map((task) => task.priority),
    delayMs,
  );
}

/** Creates or updates the queue's own schema, `graphile_worker`, as the owner. Several processes may at once. */
export async function installQueue(pool: pg.Pool, log: Logger): Promise<void> {
  await runMigrations({ pgPool: pool, logger: toWorkerLog(log) });
}
