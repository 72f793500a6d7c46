import { statement } from '../../../db/sql.ts';
import type { Day } from '../../../lib/days.ts';

export interface KeptHead {
  seq: number;
  window_from: Day | null;
  window_to: Day | null;
  read_at: Date;
  next: Record<string, unknown> | null;
  /** The first letters of the content, which tell what it is. */
  opening: string;
}

/** Everything the task kept, without what is long. */
export const keptHeads = statement<KeptHead, [clientId: string, taskId: string]>(
  'sync.pages.heads',
  `SELECT seq, window_from, window_to, read_at, next, left(content, 20) AS opening
   FROM sync_pages WHERE client_id = $1 AND task_id = $2 ORDER BY seq`,
);

export const keptContent = statement<{ content: string }, [clientId: string, taskId: string, seq: number]>(
  'sync.pages.content',
  'SELECT content FROM sync_pages WHERE client_id = $1 AND task_id = $2 AND seq = $3',
);

/** The window is stored: its pages go, a mark stays. */
export const dropWindow = statement<never, [clientId: string, taskId: string, from: Day, to: Day]>(
  'sync.pages.dropWindow',
  `DELETE FROM sync_pages WHERE client_id = $1 AND task_id = $2 AND window_from = $3 AND window_to = $4`,
);

export const markWindow = statement<
  never,
  [clientId: string, taskId: string, seq: number, from: Day, to: Day, readAt: Date, content: string]
>(
  'sync.pages.markWindow',
  `INSERT INTO sync_pages (client_id, task_id, seq, window_from, window_to, read_at, content)
   VALUES ($1, $2, $3, $4, $5, $6, $7)`,
);
