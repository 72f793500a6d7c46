import type { Sql } from '../../db/sql.ts';
import type { RunProgress } from '../../pubsub.ts';
import { readFinishedLately, readProgressOf } from './sql.ts';
import type { ProgressRow } from './sql.ts';

/** Where a run stands now, or null when there is no such run. `message` is the reason of a run that did not go well. */
export async function readProgress(sql: Sql, runId: string): Promise<RunProgress | null> {
  const row = await readProgressOf.maybe(sql, [runId]);
  return row && toProgress(row);
}

export async function readProgressOfMany(sql: Sql, runIds: readonly string[]): Promise<RunProgress[]> {
  return (await readProgressOf.all(sql, runIds)).map((row) => toProgress(row));
}

/** Runs that ended in the last so many milliseconds, by the database's clock; the first thousand. */
export async function readFinished(sql: Sql, withinMs: number): Promise<RunProgress[]> {
  return (await readFinishedLately.all(sql, withinMs / 1000)).map((row) => toProgress(row));
}

export function toProgress(row: ProgressRow, message: string | null = row.error_reason): RunProgress {
  return {
    runId: row.id,
    clientId: row.client_id,
    seq: row.seq,
    status: row.status,
    tasksTotal: row.tasks_total,
    tasksDone: row.tasks_done,
    recordsSynced: Number(row.records_synced),
    message,
    at: row.at,
  };
}
