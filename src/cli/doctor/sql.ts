import { statement } from '../../db/sql.ts';

export interface ServerRow {
  version: string;
  timezone: string;
  now: Date;
}

export const readServer = statement<ServerRow>(
  'doctor.server',
  `SELECT current_setting('server_version') AS version, current_setting('TimeZone') AS timezone,
     clock_timestamp() AS now`,
);

export interface QueueRow {
  waiting: number;
  /** Due for longer than ten minutes, and performed by nobody. */
  overdue: number;
  oldest: Date | null;
  /** Held by workers that are dead. */
  lost: number;
}

/** A living worker holds the lock of its name (jobs/sql.ts); asking for it shared, in passing, hinders nobody. */
export const readQueue = statement<QueueRow>(
  'doctor.queue',
  `WITH dead AS MATERIALIZED (
     SELECT locked_by
     FROM (SELECT DISTINCT locked_by FROM graphile_worker.jobs WHERE locked_by IS NOT NULL) AS workers
     WHERE pg_try_advisory_xact_lock_shared(hashtextextended('tributary:worker:' || locked_by, 0))
   )
   SELECT count(*) FILTER (WHERE locked_by IS NULL)::int AS waiting,
     count(*) FILTER (WHERE locked_by IS NULL AND run_at < now() - interval '10 minutes')::int AS overdue,
     min(run_at) FILTER (WHERE locked_by IS NULL) AS oldest,
     count(*) FILTER (WHERE locked_by IN (SELECT locked_by FROM dead))::int AS lost
   FROM graphile_worker.jobs`,
);

export interface LastRunRow {
  kind: string;
  status: string;
  finished_at: Date;
  error_reason: string | null;
}

export const readLastRuns = statement<LastRunRow>(
  'doctor.lastRuns',
  `SELECT DISTINCT ON (kind) kind, status, finished_at, error_reason FROM runs
   WHERE finished_at IS NOT NULL AND status <> 'CANCELLED' ORDER BY kind, finished_at DESC`,
);
