import type { RunLogLevel, RunStatus, RunTrigger, TaskStatus } from '../../db/enums.ts';
import { statement } from '../../db/sql.ts';

/*
 * Locks are always taken in the order tasks, run, schedule: so no two of these statements can wait for each other.
 * Times are the database's: the parts of one run are done by several processes.
 */

/** A run as RunProgress needs it; counts as text, because bigint does not fit a number. */
export interface ProgressRow {
  id: string;
  client_id: string | null;
  seq: number;
  status: RunStatus;
  tasks_total: number;
  tasks_done: number;
  records_synced: string;
  error_reason: string | null;
  at: Date;
}

const PROGRESS =
  'id, client_id, seq, status, tasks_total, tasks_done, records_synced, error_reason, clock_timestamp() AS at';

/**
 * Behind RETURNING: every process hears of the change when, and only if, its transaction is committed. The channel and
 * the form are those of pubsub/message.ts.
 */
function tell(what: 'runProgress' | 'runFinished'): string {
  return `pg_notify('tributary_events', format('{"t":"${what}","id":"%s","seq":%s}', id, seq)) AS told`;
}

/** Where a run stands after a change of it. */
const CHANGED = `${PROGRESS}, ${tell('runProgress')}`;

/** The columns of a run to be, in the order of the statements below. */
export type RunColumns = [
  kind: string,
  trigger: RunTrigger,
  clientId: string | null,
  scheduleId: string | null,
  parameters: string,
  workKey: string,
  requestedBy: string,
  tasks: number,
  notBefore: Date | null,
];

/** Nothing when a run of the same work is open; waits for the transaction of one that is just being opened. */
export const insertRun = statement<{ id: string }, RunColumns>(
  'runs.insert',
  `INSERT INTO runs (kind, trigger, client_id, schedule_id, parameters, work_key, requested_by, tasks_total,
                     not_before)
   VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9)
   ON CONFLICT (work_key) WHERE status IN ('QUEUED', 'RUNNING') DO NOTHING
   RETURNING id`,
);

export const insertSkippedRun = statement<{ id: string }, [...RunColumns, reason: string]>(
  'runs.insertSkipped',
  `INSERT INTO runs (kind, trigger, client_id, schedule_id, parameters, work_key, requested_by, tasks_total,
                     not_before, status, error_reason, started_at, finished_at)
   VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, 'SKIPPED', $10, now(), now())
   RETURNING id`,
);

export const findOpenRun = statement<{ id: string }, [workKey: string]>(
  'runs.findOpen',
  `SELECT id FROM runs WHERE work_key = $1 AND status IN ('QUEUED', 'RUNNING')`,
);

/** All tasks at once; `position` is the place in the arrays, from 0; in the run they come behind so many others. */
export const insertTasks = statement<
  { id: string; position: number },
  [
    runId: string,
    clientIds: (string | null)[],
    accountIds: (string | null)[],
    parameters: string[],
    behind: number,
  ]
>(
  'runs.insertTasks',
  `INSERT INTO run_tasks (run_id, client_id, account_id, position, parameters)
   SELECT $1, t.client_id, t.account_id, $5::int + t.place - 1, t.parameters::jsonb
   FROM unnest($2::uuid[], $3::uuid[], $4::text[]) WITH ORDINALITY AS t (client_id, account_id, parameters, place)
   RETURNING id, position - $5::int AS position`,
);

/** Tasks of a run that have not begun, and cannot until this transaction is over. */
export const holdQueuedTasks = statement<{ account_id: string | null }, [runId: string]>(
  'runs.holdQueuedTasks',
  `SELECT account_id FROM run_tasks WHERE run_id = $1 AND status = 'QUEUED' ORDER BY position FOR UPDATE`,
);

/** Makes room for more tasks in an open run; no row when it is over. */
export const extendRun = statement<{ tasks_before: number }, [runId: string, tasks: number]>(
  'runs.extend',
  `UPDATE runs SET tasks_total = tasks_total + $2, seq = seq + 1
   WHERE id = $1 AND status IN ('QUEUED', 'RUNNING')
   RETURNING tasks_total - $2 AS tasks_before, ${tell('runProgress')}`,
);

/** The newest run of a kind, a client each; the open one when there is one. */
export const newestRuns = statement<{ id: string }, [kind: string, clientIds: readonly string[]]>(
  'runs.newest',
  `SELECT newest.id FROM unnest($2::uuid[]) AS wanted (client_id)
   CROSS JOIN LATERAL (
     SELECT id FROM runs WHERE client_id = wanted.client_id AND kind = $1
     ORDER BY status IN ('QUEUED', 'RUNNING') DESC, created_at DESC, id LIMIT 1) AS newest`,
);

export const readProgressOf = statement<ProgressRow, [runIds: readonly string[]]>(
  'runs.progress',
  `SELECT ${PROGRESS} FROM runs WHERE id = ANY ($1::uuid[])`,
);

/** Runs that ended in the last so many seconds. */
export const readFinishedLately = statement<ProgressRow, [seconds: number]>(
  'runs.finishedLately',
  `SELECT ${PROGRESS} FROM runs
   WHERE finished_at > clock_timestamp() - make_interval(secs => $1) ORDER BY finished_at, id LIMIT 1000`,
);

export interface BegunRow {
  id: string;
  run_id: string;
  client_id: string | null;
  account_id: string | null;
  parameters: unknown;
  attempts: number;
  /** Tells this try from an earlier one that may still be alive somewhere. */
  token: string;
}

/** Also takes a RUNNING task: its worker died. Nothing of a run that is over or paused. */
export const beginTask = statement<BegunRow, [taskId: string]>(
  'runs.beginTask',
  `UPDATE run_tasks
   SET status = 'RUNNING', attempts = attempts + 1, started_at = clock_timestamp(),
       error_class = NULL, error_reason = NULL
   WHERE id = $1 AND status IN ('QUEUED', 'RUNNING')
     AND EXISTS (SELECT FROM runs WHERE runs.id = run_tasks.run_id AND runs.status IN ('QUEUED', 'RUNNING')
                   AND runs.paused_at IS NULL)
   RETURNING id, run_id, client_id, account_id, parameters, attempts, started_at::text AS token`,
);

export const beginRun = statement<
  ProgressRow & { kind: string; trigger: RunTrigger; work_key: string },
  [runId: string]
>(
  'runs.begin',
  `UPDATE runs SET status = 'RUNNING', started_at = coalesce(started_at, now()), seq = seq + 1
   WHERE id = $1 AND status IN ('QUEUED', 'RUNNING') AND paused_at IS NULL
   RETURNING kind, trigger, work_key, ${CHANGED}`,
);

/** Which of these tries still hold their task. */
export const findHeldTasks = statement<{ id: string }, [taskIds: string[], tokens: string[]]>(
  'runs.heldTasks',
  `SELECT t.id FROM run_tasks t
   JOIN unnest($1::uuid[], $2::timestamptz[]) AS held (id, token) ON held.id = t.id AND held.token = t.started_at
   WHERE t.status = 'RUNNING'`,
);

/** No row when the try no longer holds its task. */
export const countTaskRecords = statement<
  { run_id: string },
  [taskId: string, token: string, records: number, attempts: number]
>(
  'runs.countTaskRecords',
  `UPDATE run_tasks SET records_synced = records_synced + $3, attempts = CASE WHEN $3 > 0 THEN $4 ELSE attempts END
   WHERE id = $1 AND status = 'RUNNING' AND started_at = $2::timestamptz
   RETURNING run_id`,
);

export const countRunRecords = statement<ProgressRow, [runId: string, records: number]>(
  'runs.countRecords',
  `UPDATE runs SET records_synced = records_synced + $2, seq = seq + 1
   WHERE id = $1 AND status = 'RUNNING'
   RETURNING ${CHANGED}`,
);

export const finishTask = statement<
  { run_id: string },
  [taskId: string, token: string, status: TaskStatus, errorClass: string | null, errorReason: string | null]
>(
  'runs.finishTask',
  `UPDATE run_tasks SET status = $3, error_class = $4, error_reason = $5, finished_at = now()
   WHERE id = $1 AND status = 'RUNNING' AND started_at = $2::timestamptz
   RETURNING run_id`,
);

/** Puts a running task back; `triesBack` = 1 when this try shall not count. */
export const requeueTask = statement<
  { run_id: string },
  [taskId: string, token: string, errorClass: string | null, errorReason: string | null, triesBack: number]
>(
  'runs.requeueTask',
  `UPDATE run_tasks
   SET status = 'QUEUED', error_class = $3, error_reason = $4, attempts = greatest(0, attempts - $5)
   WHERE id = $1 AND status = 'RUNNING' AND started_at = $2::timestamptz
   RETURNING run_id`,
);

export const countTaskDone = statement<ProgressRow, [runId: string]>(
  'runs.countTaskDone',
  `UPDATE runs SET tasks_done = tasks_done + 1, seq = seq + 1
   WHERE id = $1 AND status IN ('QUEUED', 'RUNNING')
   RETURNING ${CHANGED}`,
);

export const touchRun = statement<ProgressRow, [runId: string]>(
  'runs.touch',
  `UPDATE runs SET seq = seq + 1 WHERE id = $1 AND status IN ('QUEUED', 'RUNNING') RETURNING ${CHANGED}`,
);

/** How many tasks ended how; one row per status and error class. */
export const countOutcomes = statement<
  { status: TaskStatus; error_class: string | null; count: number; reason: string | null },
  [runId: string]
>(
  'runs.countOutcomes',
  `SELECT status, error_class, count(*)::int AS count, min(error_reason) AS reason
   FROM run_tasks WHERE run_id = $1 GROUP BY status, error_class`,
);

export const finishRun = statement<
  ProgressRow & { kind: string; schedule_id: string | null; duration_ms: number },
  [runId: string, status: RunStatus, errorClass: string | null, errorReason: string | null]
>(
  'runs.finish',
  `UPDATE runs
   SET status = $2, error_class = $3, error_reason = $4, seq = seq + 1, finished_at = now(),
       started_at = coalesce(started_at, now())
   WHERE id = $1 AND status IN ('QUEUED', 'RUNNING')
   RETURNING kind, schedule_id, (extract(epoch FROM finished_at - started_at) * 1000)::int AS duration_ms, ${PROGRESS},
     ${tell('runFinished')}`,
);

/** A schedule's own account of its runs. Leaves `updated_at` alone: that is when a person changed the schedule. */
export const countScheduleRun = statement<
  never,
  [scheduleId: string, status: RunStatus, durationMs: number, successes: number, errors: number]
>(
  'runs.countScheduleRun',
  `UPDATE schedules
   SET run_count = run_count + 1, success_count = success_count + $4, error_count = error_count + $5,
       last_run_at = now(), last_status = $2, last_duration_ms = $3
   WHERE id = $1`,
);

export const cancelTasks = statement<never, [runId: string]>(
  'runs.cancelTasks',
  `UPDATE run_tasks SET status = 'CANCELLED', finished_at = now()
   WHERE run_id = $1 AND status IN ('QUEUED', 'RUNNING')`,
);

export interface RunRow {
  id: string;
  kind: string;
  status: RunStatus;
  client_id: string | null;
  parameters: unknown;
}

export const findRun = statement<RunRow, [runId: string]>(
  'runs.find',
  `SELECT id, kind, status, client_id, parameters FROM runs WHERE id = $1`,
);

export const findFailedTasks = statement<
  { client_id: string | null; account_id: string | null; parameters: unknown },
  [runId: string]
>(
  'runs.findFailedTasks',
  `SELECT client_id, account_id, parameters FROM run_tasks
   WHERE run_id = $1 AND status IN ('FAILED', 'CANCELLED') ORDER BY position`,
);

export const insertLog = statement<
  never,
  [runId: string, taskId: string | null, clientId: string | null, level: RunLogLevel, message: string]
>(
  'runs.log',
  'INSERT INTO run_logs (run_id, task_id, client_id, level, message) VALUES ($1, $2, $3, $4, $5)',
);
