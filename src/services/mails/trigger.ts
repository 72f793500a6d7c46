import type { Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import type { RunTrigger } from '../../db/enums.ts';
import type { Sql } from '../../db/sql.ts';
import { requireAdmin } from '../access.ts';
import { LANES } from '../runs/lanes.ts';
import type { NewRun, StartedRun } from '../runs/start.ts';
import { startRun } from '../runs/start.ts';
import { anyDue } from './sql.ts';

const KIND = 'MAILS';

export interface MailsTrigger {
  trigger: RunTrigger;
  scheduleId: string | null;
}

/** Starts a run that sends what is due. Null: nothing is, or there is no mail server. Throws FORBIDDEN. */
export async function triggerMails(ctx: Context, input: MailsTrigger): Promise<StartedRun | null> {
  requireAdmin(ctx);
  if (!ctx.mail.delivers || !(await anyDue.maybe(ctx.db.pool))?.due) return null;
  return inTransaction(ctx, (sql) => startMails(ctx, sql, input));
}

/** Starts the run of the weekly report. Throws FORBIDDEN. */
export function triggerCompleteness(ctx: Context, input: MailsTrigger): Promise<StartedRun> {
  requireAdmin(ctx);
  const kind = 'COMPLETENESS_REPORT';
  return inTransaction(ctx, (sql) => startRun(ctx, sql, { ...input, ...ofEverybody(kind), kind }));
}

function ofEverybody(workKey: string): Pick<NewRun, 'clientId' | 'parameters' | 'workKey' | 'tasks'> {
  const task = { clientId: null, accountId: null, parameters: {}, serialKey: null, priority: LANES.MAILS };
  return { clientId: null, parameters: {}, workKey, tasks: [task] };
}

/** The run that sends, for a mail that the caller's transaction puts into the queue. */
export function startMails(ctx: Context, sql: Sql, input: MailsTrigger): Promise<StartedRun> {
  return startRun(ctx, sql, { ...input, ...ofEverybody(KIND), kind: KIND });
}
