import { z } from 'zod';
import type { Context, FinishedRun } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import type { ClosedMonth, MonthOutcome } from '../../emails/monthSummary.ts';
import { monthSummaryEmail } from '../../emails/monthSummary.ts';
import { homeOf } from './home.ts';
import type { QueuedMail } from './queue.ts';
import { queueMail } from './queue.ts';
import { adminRecipients } from './recipients.ts';
import type { ClosedTaskRow } from './sql.ts';
import { closedRun, closedTasks } from './sql.ts';

const closeParameters = z.object({ month: z.string(), dryRun: z.boolean().default(false) });

/**
 * Queues the summary of a close for the admins, in the transaction that ends its run: there is no ended close without
 * its mail, and no second mail of one. Null: a dry run changes nothing, so nobody is told.
 */
export async function mailMonthSummary(
  ctx: Context,
  sql: Sql,
  { runId }: Pick<FinishedRun, 'runId'>,
): Promise<QueuedMail | null> {
  const run = await closedRun.maybe(sql, runId);
  if (!run) throw new Error('The run of a close is gone.');
  const { month, dryRun } = closeParameters.parse(run.parameters);
  if (dryRun) return null;
  const tasks = await closedTasks.all(sql, runId);
  return queueMail(ctx, sql, {
    kind: 'MONTH_SUMMARY',
    clientId: run.client_id,
    dedupeKey: `MONTH_SUMMARY ${runId}`,
    recipients: await adminRecipients(ctx, sql),
    email: monthSummaryEmail({
      month,
      closed: tasks.map(closedMonth),
      durationMs: run.duration_ms,
      now: ctx.now(),
      home: homeOf(ctx),
    }),
    runId,
  });
}

const WORD = /^(SAVED|UPDATED|SKIPPED):\s*/;

/** What became of a task, from its status and the word with which a close opens its reason. */
export function closedMonth(task: ClosedTaskRow): ClosedMonth {
  const reason = task.reason?.replace(WORD, '') ?? null;
  return {
    clientId: task.client_id ?? '',
    client: task.client ?? 'a client that is gone',
    platform: task.platform ?? '',
    outcome: outcomeOf(task),
    reason: reason || null,
  };
}

function outcomeOf({ status, reason }: ClosedTaskRow): MonthOutcome {
  if (status === 'FAILED' || status === 'SKIPPED') return status;
  if (status !== 'SUCCEEDED') return 'CANCELLED';
  const word = WORD.exec(reason ?? '')?.[1];
  return word === 'UPDATED' || word === 'SKIPPED' ? word : 'SAVED';
}
