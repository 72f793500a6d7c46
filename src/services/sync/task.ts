import { z } from 'zod';
import { dayRange } from '../parse.ts';
import type { TaskWork } from '../runs/task.ts';

const parameters = z.object({ range: dayRange });
export type SyncTaskParameters = z.output<typeof parameters>;

/** What a sync task is about: one account of one client, and the days to read. */
export interface SyncTask extends SyncTaskParameters {
  clientId: string;
  accountId: string;
}

/** Throws when the task is not one that `triggerSync` made: a bug, not an input. */
export function parseTask(task: Pick<TaskWork, 'clientId' | 'accountId' | 'parameters'>): SyncTask {
  const { clientId, accountId } = task;
  if (clientId === null || accountId === null) throw new Error('A sync task names a client and an account.');
  return { clientId, accountId, ...parameters.parse(task.parameters) };
}
