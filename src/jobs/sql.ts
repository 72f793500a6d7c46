import { statement } from '../db/sql.ts';

/** The one task of the queue, also named in the database's function; the rest is known by the run and its job. */
export const QUEUE_TASK = 'run_task';

/** Adds jobs in one statement, as staff; what the queue is told of them is in the function (migration walls). */
export const addJobs = statement<
  never,
  [
    taskIds: string[],
    payloads: string[],
    serialKeys: (string | null)[],
    priorities: number[],
    delayMs: number,
  ]
>('jobs.add', 'SELECT FROM tributary_enqueue($1, $2, $3, $4, $5)');

/**
 * Held to the end of the transaction. `add_jobs` creates missing lanes in no promised order, so two transactions that
 * create some of the same lanes would otherwise wait for each other for ever.
 */
export const lockLanes = statement<never>(
  'jobs.lockLanes',
  `SELECT pg_advisory_xact_lock(hashtextextended('tributary:lanes', 0))`,
);

/** The name of the lock a living worker holds. */
const LOCK = `hashtextextended('tributary:worker:' || `;

/**
 * The server asks this connection whether it is still there, and gives it up after 20 s without an answer: the kernel
 * tells of a process that was killed, but nobody of a machine that is gone. Longer than its network may be away.
 */
export const askOften = statement<never>(
  'jobs.askOften',
  `SELECT set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '5', false),
          set_config('tcp_keepalives_count', '3', false)`,
);

/** Waits for it; held until the connection closes, so a killed process loses it at once. */
export const lockWorker = statement<never, [workerId: string]>(
  'jobs.lockWorker',
  `SELECT pg_advisory_lock(${LOCK} $1, 0))`,
);

/**
 * Frees the jobs and queues that are locked by workers whose lock is free. The lock is taken for the length of the
 * statement, so that such a worker cannot come back in between.
 */
export const unlockDeadWorkers = statement<{ workers: string[] }, [ownId: string]>(
  'jobs.unlockDeadWorkers',
  `WITH dead AS MATERIALIZED (
     SELECT locked_by
     FROM (SELECT DISTINCT locked_by FROM graphile_worker.jobs
           WHERE locked_by IS NOT NULL AND locked_by <> $1) AS workers
     WHERE pg_try_advisory_xact_lock(${LOCK} locked_by, 0))
   )
   SELECT array_agg(locked_by) AS workers, graphile_worker.force_unlock_workers(array_agg(locked_by))
   FROM dead HAVING count(*) > 0`,
);
