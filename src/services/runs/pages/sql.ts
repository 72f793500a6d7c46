import { statement } from '../../../db/sql.ts';
import type { Day } from '../../../lib/days.ts';

/**
 * Keeps a page for the try that holds the task, and nothing for another one: no row when the try lost its task. What is
 * kept is got ahead, so the deaths before it do not count any more.
 */
export const keepPage = statement<
  { task_id: string },
  [
    taskId: string,
    token: string,
    attempts: number,
    seq: number,
    from: Day | null,
    to: Day | null,
    readAt: Date,
    next: string | null,
    content: string,
  ]
>(
  'runs.pages.keep',
  `WITH held AS (
     UPDATE run_tasks SET attempts = $3
     WHERE id = $1 AND status = 'RUNNING' AND started_at = $2::timestamptz AND client_id IS NOT NULL
     RETURNING id, client_id)
   INSERT INTO sync_pages (client_id, task_id, seq, window_from, window_to, read_at, next, content)
   SELECT client_id, id, $4, $5, $6, $7, $8::jsonb, $9 FROM held
   RETURNING task_id`,
);

/** After the task's own row was changed in the same transaction: then nobody can keep another one. */
export const dropPagesOfTask = statement<never, [taskId: string]>(
  'runs.pages.dropOfTask',
  `DELETE FROM sync_pages AS page USING run_tasks AS task
   WHERE task.id = $1 AND page.client_id = task.client_id AND page.task_id = task.id`,
);

export const dropPagesOfRun = statement<never, [runId: string]>(
  'runs.pages.dropOfRun',
  `DELETE FROM sync_pages AS page USING run_tasks AS task
   WHERE task.run_id = $1 AND page.client_id = task.client_id AND page.task_id = task.id`,
);
