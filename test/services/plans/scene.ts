import { randomUUID } from 'node:crypto';
import type { Context, QueuedTask } from '../../../src/context.ts';
import type { Database } from '../../../src/db/client.ts';
import { AppError } from '../../../src/errors.ts';
import { daysOf } from '../../../src/lib/days.ts';
import type { DayRange } from '../../../src/lib/days.ts';
import { contextOf, rowsOf, scriptedPlatform } from '../sync/support.ts';
import type { ScriptedPlatform } from '../sync/support.ts';

export interface PlanScene {
  ctx: Context;
  platform: ScriptedPlatform;
  /** What went into the queue, in order. */
  queued: QueuedTask[];
  /** What the context's clock says. */
  setNow(now: Date): void;
}

/** A context whose clock can be set, with a platform that tells who asks it. */
export function planScene(db: Database, start: Date): PlanScene {
  const platform = scriptedPlatform();
  const queued: QueuedTask[] = [];
  let now = start;
  const ctx: Context = {
    ...contextOf(db, platform),
    now: () => now,
    jobs: { enqueueTasks: (_sql, tasks) => Promise.resolve(void queued.push(...tasks)) },
  };
  return { ctx, platform, queued, setNow: (to) => (now = to) };
}

export interface StoredDays extends DayRange {
  clientId: string;
  accountId: string;
  final?: boolean;
  rows?: number;
  at?: string;
}

/** Days as a sync would have left them. */
export async function store(db: Database, days: StoredDays): Promise<void> {
  const { clientId, accountId, final = false, rows = 10, at = '2026-11-01T00:00:00Z' } = days;
  await db.pool.query(
    `INSERT INTO slices (client_id, account_id, date, status, fetched_at, first_fetched_at, final, rows, run_id, attempted_at)
     SELECT $1, $2, day, 'OK', $4, $4, $5, $6, $7, $4 FROM unnest($3::date[]) AS day
     ON CONFLICT (client_id, account_id, date) DO UPDATE SET fetched_at = excluded.fetched_at, final = excluded.final`,
    [clientId, accountId, daysOf(days), at, final, rows, randomUUID()],
  );
}

/** The tasks of a run in their order: account, month and days. */
export function tasksOf(db: Database, runId: string): Promise<Record<string, unknown>[]> {
  return rowsOf(
    db,
    `SELECT account.external_id AS account, task.parameters ->> 'month' AS month, task.parameters -> 'range' AS range
     FROM run_tasks AS task JOIN ad_accounts AS account ON account.id = task.account_id
     WHERE task.run_id = $1 ORDER BY task.position`,
    [runId],
  );
}

/** Code and text of what a verb refuses. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'done';
}
