import { z } from 'zod';
import type { TaskWork } from '../runs/task.ts';
import { isMonth } from './calendar.ts';
import type { MonthKey } from './gather.ts';

const parameters = z.object({
  platform: z.string(),
  /** `2026-09` */
  month: z.string().refine(isMonth),
  /** CLOSE reads what can still change; SETTLE only what nobody read lately, and never a FINAL month. */
  mode: z.enum(['CLOSE', 'SETTLE']),
  force: z.boolean(),
  dryRun: z.boolean(),
});
export type MonthTaskParameters = z.output<typeof parameters>;

export interface MonthTask extends MonthTaskParameters, MonthKey {}

/** Throws when the task is not one that a close or a settle made: a bug, not an input. */
export function parseTask(task: Pick<TaskWork, 'clientId' | 'parameters'>): MonthTask {
  const { clientId } = task;
  if (clientId === null) throw new Error('A task of a month names a client.');
  return { clientId, ...parameters.parse(task.parameters) };
}
