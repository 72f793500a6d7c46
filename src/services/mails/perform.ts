import { ConnectorError } from '../../connectors/errors.ts';
import type { Context } from '../../context.ts';
import type { TaskOutcome, TaskWork } from '../runs/task.ts';
import { sendDueMails } from './send.ts';

/**
 * Sends what is due and counts it. Throws ConnectorError when a mail did not go: the mail itself is tried again in its
 * own time, so the task is not.
 */
export async function performMails(ctx: Context, task: TaskWork): Promise<TaskOutcome> {
  const onSent = () => task.checkpoint(() => Promise.resolve({ records: 1 }));
  const { sent, trouble } = await sendDueMails(ctx, task.signal, onSent);
  task.signal.throwIfAborted();
  if (trouble !== null) throw new ConnectorError(trouble, { failure: 'FIX' });
  return sent === 0 ? { status: 'SKIPPED', reason: 'No mail was due.' } : { status: 'SUCCEEDED' };
}
