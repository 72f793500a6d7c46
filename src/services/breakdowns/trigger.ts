import type { Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import { dayOf } from '../../lib/days.ts';
import { reachWindows, reachWindowsOf } from '../reach/windows.ts';
import { LANES } from '../runs/lanes.ts';
import type { StartedRun } from '../runs/start.ts';
import { startRun } from '../runs/start.ts';
import type { NewTask } from '../runs/task.ts';
import type { AccountPlan } from '../sync/plan.ts';
import { lengthOf } from '../sync/plan.ts';
import type { SyncTrigger } from '../sync/trigger.ts';
import { planOnly } from '../sync/trigger.ts';
import type { BreakdownTaskParameters } from './task.ts';

const KIND = 'BREAKDOWNS';

/**
 * A breakdown costs a call per page and kind for figures that few people look at, and most of what a platform restates
 * it restates within a week. Older days are read once more when they no longer change; see `settle`.
 */
export const DEFAULT_BREAKDOWN_DAYS = 8;

/**
 * Starts the run that reads the breakdowns of these days (8 up to today when nothing is given) and the reach of their
 * windows, a task an account; the open run of the same work is returned instead of a second one. With a range the
 * reach of exactly that range and of its whole months is asked for, otherwise that of `reachWindows`.
 * Throws FORBIDDEN, NOT_FOUND for a client that is not there, and BAD_USER_INPUT.
 */
export async function triggerBreakdowns(ctx: Context, request: SyncTrigger): Promise<StartedRun> {
  const { clientId, platform, range } = request;
  const days = request.days ?? (range ? null : DEFAULT_BREAKDOWN_DAYS);
  const plan = await planOnly(ctx, { clientId, platform, range, days });
  const wanted = range ? `${range.from}..${range.to}` : `${String(days)}d`;
  return inTransaction(ctx, (sql) =>
    startRun(ctx, sql, {
      kind: KIND,
      trigger: request.trigger ?? 'MANUAL',
      clientId: clientId ?? null,
      scheduleId: request.scheduleId ?? null,
      once: request.once,
      parameters: { ...(platform ? { platform } : {}), ...(range ? { range } : { days }) },
      workKey: [KIND, clientId ?? '*', platform ?? '*', wanted].join(' '),
      tasks: plan.accounts.map((account) => taskOf(account, { now: ctx.now(), asked: range != null })),
    }),
  );
}

function taskOf({ account, range }: AccountPlan, { now, asked }: { now: Date; asked: boolean }): NewTask {
  const parameters: BreakdownTaskParameters = {
    platform: account.platform,
    range,
    settle: !asked,
    reach: asked ? reachWindowsOf(range) : reachWindows(dayOf(now, account.timezone)),
  };
  return {
    clientId: account.clientId,
    accountId: account.id,
    parameters,
    serialKey: account.id,
    priority: LANES.BREAKDOWNS + lengthOf(range),
  };
}
