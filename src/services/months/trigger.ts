import { z } from 'zod';
import type { Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import type { RunTrigger } from '../../db/enums.ts';
import type { Sql } from '../../db/sql.ts';
import { badInput, notFound } from '../../errors.ts';
import { dayOf } from '../../lib/days.ts';
import { requireAdmin } from '../access.ts';
import { parseInput } from '../parse.ts';
import type { Once } from '../runs/idempotency.ts';
import { LANES } from '../runs/lanes.ts';
import type { StartedRun } from '../runs/start.ts';
import { startRun } from '../runs/start.ts';
import type { NewTask } from '../runs/task.ts';
import { isMonth, monthBefore } from './calendar.ts';
import { monthsOfPair, settledSince } from './settle.ts';
import type { MonthPairRow } from './sql.ts';
import { activeClient, monthPairs, monthsToSettle, scheduleZone } from './sql.ts';
import type { MonthTaskParameters } from './task.ts';

const request = z.object({
  month: z.string().refine(isMonth, 'must be a month, such as 2026-09'),
  /** Every active client when left out. */
  clientId: z.guid().nullish(),
  platform: z.string().nullish(),
  /** Also what is settled, and poor over rich; a FINAL month is only compared. */
  force: z.boolean().nullish(),
  /** Says what it would do, and reads and writes nothing. */
  dryRun: z.boolean().nullish(),
});
export type CloseRequest = z.input<typeof request>;

export interface StartedBy {
  trigger: RunTrigger;
  scheduleId: string | null;
  once?: Once | null;
}

/** Where a month begins first. */
const FIRST_ZONE = 'Pacific/Kiritimati';

/**
 * Starts the run that closes a month, a task a client and platform; the open run of the same work is returned instead
 * of a second one. Throws FORBIDDEN, NOT_FOUND for a client that is not there, and BAD_USER_INPUT.
 */
export async function triggerClose(ctx: Context, asked: CloseRequest, by: StartedBy): Promise<StartedRun> {
  requireAdmin(ctx);
  const { month, clientId = null, platform = null, ...rest } = parseInput(request, asked);
  const [force, dryRun] = [rest.force ?? false, rest.dryRun ?? false];
  const newest = dayOf(ctx.now(), FIRST_ZONE).slice(0, 7);
  if (month > newest) throw badInput(`month ${month} has not begun: give one up to ${newest}.`);
  if (platform !== null && !ctx.platforms.has(platform)) {
    throw badInput(`platform must be one of ${[...ctx.platforms.keys()].join(', ')}.`);
  }
  return inTransaction(ctx, async (sql) => {
    if (clientId !== null) await requireActive(sql, clientId);
    const pairs = await monthPairs.all(sql, clientId, platform);
    const flags = [...(force ? ['FORCE'] : []), ...(dryRun ? ['DRY_RUN'] : [])];
    return startRun(ctx, sql, {
      ...{ kind: 'MONTH_CLOSE', clientId, trigger: by.trigger, scheduleId: by.scheduleId, once: by.once },
      parameters: { month, force, dryRun, ...(platform === null ? {} : { platform }) },
      workKey: ['MONTH_CLOSE', month, clientId ?? '*', platform ?? '*', ...flags].join(' '),
      tasks: pairs.map((pair) => taskOf(pair, { month, mode: 'CLOSE', force, dryRun })),
    });
  });
}

/** The month that a fire of a schedule closes: the one before its day, in the schedule's own zone. */
export async function monthOfFire(ctx: Context, scheduleId: string | null, fireAt: Date): Promise<string> {
  const schedule = scheduleId === null ? null : await scheduleZone.maybe(ctx.db.pool, scheduleId);
  return monthBefore(dayOf(fireAt, schedule?.timezone ?? 'UTC'));
}

/**
 * Starts the run that goes on with months: those that are not FINAL yet, the newest that is over and was never
 * captured, and FINAL ones that are compared with today; see `monthsOfPair`. Throws FORBIDDEN.
 */
export async function triggerSettle(
  ctx: Context,
  { clientId, ...by }: StartedBy & { clientId: string | null },
): Promise<StartedRun> {
  requireAdmin(ctx);
  return inTransaction(ctx, async (sql) => {
    const now = ctx.now();
    const stored = await monthsToSettle.all(sql, clientId, settledSince(now));
    const pairs = await monthPairs.all(sql, clientId, null);
    const tasks = pairs.flatMap((pair) => {
      const own = stored.filter((row) => row.client_id === pair.client_id && row.platform === pair.platform);
      const flags = { mode: 'SETTLE', force: false, dryRun: false } as const;
      return monthsOfPair(pair.timezones, own, now).map((month) => taskOf(pair, { ...flags, month }));
    });
    return startRun(ctx, sql, {
      ...{ kind: 'MONTH_SETTLE', clientId, trigger: by.trigger, scheduleId: by.scheduleId, once: by.once },
      ...{ parameters: {}, workKey: `MONTH_SETTLE ${clientId ?? '*'}`, tasks },
    });
  });
}

async function requireActive(sql: Sql, clientId: string): Promise<void> {
  const client = await activeClient.maybe(sql, clientId);
  if (!client) throw notFound('client');
  if (!client.active) throw badInput(`The client ${client.name} is not active: activate it first.`);
}

function taskOf(pair: MonthPairRow, wanted: Omit<MonthTaskParameters, 'platform'>): NewTask {
  const parameters: MonthTaskParameters = { ...wanted, platform: pair.platform };
  return {
    ...{ clientId: pair.client_id, accountId: null, parameters },
    serialKey: pair.account_id,
    priority: LANES.CLOSES,
  };
}
