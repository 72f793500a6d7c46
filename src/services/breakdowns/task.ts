import { z } from 'zod';
import { day, dayRange } from '../parse.ts';
import type { TaskWork } from '../runs/task.ts';

const parameters = z.object({
  platform: z.string(),
  range: dayRange,
  /** Also read once more the earlier days that were read before they stopped changing. */
  settle: z.boolean(),
  /** The windows whose reach is asked for. */
  reach: z.array(z.object({ from: day, to: day, rolling: z.boolean() })),
});
export type BreakdownTaskParameters = z.output<typeof parameters>;

/** What a task is about: one account of one client, the days of its breakdowns and the windows of its reach. */
export interface BreakdownTask extends BreakdownTaskParameters {
  clientId: string;
  accountId: string;
}

/** Throws when the task is not one that `triggerBreakdowns` made: a bug, not an input. */
export function parseTask(task: TaskWork): BreakdownTask {
  const { clientId, accountId } = task;
  if (clientId === null || accountId === null)
    throw new Error('A breakdown task names a client and an account.');
  return { clientId, accountId, ...parameters.parse(task.parameters) };
}
