import { statement } from '../../db/sql.ts';

/** Runs of the last day, and open ones however old: both are found by an index. */
const RECENT = `SELECT id, kind, status FROM runs WHERE created_at > now() - interval '1 day'
  UNION ALL
  SELECT id, kind, status FROM runs
  WHERE created_at <= now() - interval '1 day' AND status IN ('QUEUED', 'RUNNING')`;

export const countRuns = statement<{ kind: string; status: string; count: number }>(
  'operations.runs',
  `SELECT kind, status, count(*)::int AS count FROM (${RECENT}) AS recent GROUP BY kind, status`,
);

export const countTasks = statement<{ status: string; count: number }>(
  'operations.tasks',
  `SELECT t.status, count(*)::int AS count
   FROM (${RECENT}) AS recent JOIN run_tasks t ON t.run_id = recent.id GROUP BY t.status`,
);

export const countSlices = statement<{ status: string; count: number }>(
  'operations.slices',
  'SELECT status, count(*)::int AS count FROM slices GROUP BY status',
);

export const countPausedAccounts = statement<{ platform: string; count: number }>(
  'operations.pausedAccounts',
  `SELECT platform, count(*) FILTER (WHERE paused_until > now())::int AS count FROM ad_accounts GROUP BY platform`,
);

export interface QueueRow {
  /** May begin now. */
  waiting: number;
  /** Not before a later moment. */
  later: number;
  running: number;
  /** How long the oldest of those that may begin has been waiting; null = none does. */
  oldest_seconds: number | null;
}

/** As the owner of the queue's tables. */
export const readQueue = statement<QueueRow>(
  'operations.queue',
  `SELECT count(*) FILTER (WHERE locked_at IS NULL AND run_at <= now())::int AS waiting,
          count(*) FILTER (WHERE locked_at IS NULL AND run_at > now())::int AS later,
          count(*) FILTER (WHERE locked_at IS NOT NULL)::int AS running,
          extract(epoch FROM now() - min(run_at) FILTER (WHERE locked_at IS NULL AND run_at <= now()))::float8
            AS oldest_seconds
   FROM graphile_worker.jobs`,
);

/**
 * Worker pools that live, in all processes: each holds an advisory lock on a connection that asks nothing else, whose
 * last statement was to take it. As the login, which sees what its own connections ask.
 */
export const countWorkers = statement<{ count: number }>(
  'operations.workers',
  `SELECT count(DISTINCT held.pid)::int AS count
   FROM pg_locks held JOIN pg_stat_activity holder ON holder.pid = held.pid
   WHERE held.locktype = 'advisory' AND held.granted AND holder.datname = current_database()
     AND holder.query LIKE '/* jobs.lockWorker */%'`,
);
