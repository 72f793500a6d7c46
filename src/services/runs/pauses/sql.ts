import { statement } from '../../../db/sql.ts';

/* Locks in the order tasks, run, as everywhere in runs/sql.ts. */

/**
 * Takes every open task of a run out of the hands of whoever performs it: their tries are good for nothing any more,
 * and none of these tasks can begin before this transaction is over.
 */
export const takeBackTasks = statement<never, [runId: string]>(
  'runs.pauses.takeBack',
  `UPDATE run_tasks SET status = 'QUEUED', started_at = NULL, attempts = 0
   WHERE run_id = $1 AND status IN ('QUEUED', 'RUNNING')`,
);

export interface PausedRunRow {
  kind: string;
  client_id: string | null;
  /** Its tasks begin no earlier; null = at once. */
  not_before: Date | null;
}

/** No row when the run is over or paused already. */
export const setPaused = statement<PausedRunRow, [runId: string]>(
  'runs.pauses.set',
  `UPDATE runs SET paused_at = now()
   WHERE id = $1 AND status IN ('QUEUED', 'RUNNING') AND paused_at IS NULL
   RETURNING kind, client_id, not_before`,
);

/** No row when the run is over or not paused. */
export const clearPaused = statement<PausedRunRow, [runId: string]>(
  'runs.pauses.clear',
  `UPDATE runs SET paused_at = NULL
   WHERE id = $1 AND status IN ('QUEUED', 'RUNNING') AND paused_at IS NOT NULL
   RETURNING kind, client_id, not_before`,
);

/** What goes into the queue again. */
export const waitingTasks = statement<
  { id: string; account_id: string | null; parameters: unknown },
  [runId: string]
>(
  'runs.pauses.waiting',
  `SELECT id, account_id, parameters FROM run_tasks WHERE run_id = $1 AND status = 'QUEUED'
   ORDER BY position FOR UPDATE`,
);
