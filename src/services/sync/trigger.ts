import { z } from 'zod';
import type { Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import type { RunTrigger } from '../../db/enums.ts';
import type { Sql } from '../../db/sql.ts';
import { badInput, notFound } from '../../errors.ts';
import type { DayRange } from '../../lib/days.ts';
import { dayOf } from '../../lib/days.ts';
import { requireAdmin } from '../access.ts';
import type { Once } from '../runs/idempotency.ts';
import { syncPriority } from '../runs/lanes.ts';
import type { StartedRun } from '../runs/start.ts';
import { startRun } from '../runs/start.ts';
import type { NewTask } from '../runs/task.ts';
import type { AccountPlan, SyncPlan } from './plan.ts';
import { DEFAULT_DAYS, lengthOf, planSync } from './plan.ts';
import { accountsToSync, clientToSync } from './sql.ts';
import type { SyncTaskParameters } from './task.ts';

/** What to read; everything may be left out. */
export interface SyncRequest {
  /** Every active client when left out. */
  clientId?: string | null | undefined;
  /** Every platform when left out. */
  platform?: string | null | undefined;
  range?: DayRange | null | undefined;
  /** Instead of a range: this many days up to today; 30 when neither is given. */
  days?: number | null | undefined;
}

export interface SyncTrigger extends SyncRequest {
  /** MANUAL when left out. */
  trigger?: RunTrigger;
  scheduleId?: string | null;
  once?: Once | null;
}

const KIND = 'ADS_SYNC';

/**
 * Starts the run that reads these days of these accounts, a task an account; the open run of the same work is
 * returned instead of a second one. Without accounts the run is SKIPPED.
 * Throws FORBIDDEN, NOT_FOUND for a client that is not there, and BAD_USER_INPUT.
 */
export async function triggerSync(ctx: Context, request: SyncTrigger): Promise<StartedRun> {
  const plan = await planOnly(ctx, request);
  return inTransaction(ctx, (sql) => startPlanned(ctx, sql, { request, plan }));
}

/** Starts the run of a plan that `planOnly` made of the same request, in the caller's transaction. */
export function startPlanned(
  ctx: Context,
  sql: Sql,
  { request, plan }: { request: SyncTrigger; plan: SyncPlan },
): Promise<StartedRun> {
  const { clientId, platform, range } = request;
  const days = range ? null : (request.days ?? DEFAULT_DAYS);
  const wanted = range ? `${range.from}..${range.to}` : `${String(days)}d`;
  return startRun(ctx, sql, {
    kind: KIND,
    trigger: request.trigger ?? 'MANUAL',
    clientId: clientId ?? null,
    scheduleId: request.scheduleId ?? null,
    once: request.once,
    parameters: { ...(platform ? { platform } : {}), ...(range ? { range } : { days }) },
    workKey: [KIND, clientId ?? '*', platform ?? '*', wanted].join(' '),
    tasks: plan.accounts.map((account) => taskOf(account, ctx.now())),
  });
}

/** What `triggerSync` would read, without starting it. Throws what it throws. */
export async function planOnly(
  ctx: Context,
  request: SyncRequest,
  sql: Sql = ctx.db.pool,
): Promise<SyncPlan> {
  requireAdmin(ctx);
  const clientId = request.clientId ?? null;
  const platform = request.platform ?? null;
  if (platform !== null && !ctx.platforms.has(platform)) {
    throw badInput(`platform must be one of ${[...ctx.platforms.keys()].join(', ')}.`);
  }
  if (clientId !== null) await requireActive(sql, clientId);
  const rows = await accountsToSync.all(sql, clientId, platform);
  const accounts = rows.map((row) => ({
    id: row.id,
    clientId: row.client_id,
    platform: row.platform,
    externalId: row.external_id,
    timezone: row.timezone,
    // A platform this version does not know: its task fails and says so, the others go on.
    historyMonths: ctx.platforms.get(row.platform)?.historyMonths ?? 0,
  }));
  const platforms = [...ctx.platforms.values()].filter(({ key }) => platform === null || key === platform);
  return planSync({ accounts, platforms, range: request.range, days: request.days, now: ctx.now() });
}

async function requireActive(sql: Sql, clientId: string): Promise<void> {
  const client = isUuid(clientId) ? await clientToSync.maybe(sql, clientId) : null;
  if (!client) throw notFound('client');
  if (!client.active) throw badInput('The client is not active: activate it first.');
}

function isUuid(text: string): boolean {
  return z.guid().safeParse(text).success;
}

function taskOf({ account, range }: AccountPlan, now: Date): NewTask {
  const parameters: SyncTaskParameters = { range };
  const reachesToday = range.to >= dayOf(now, account.timezone);
  return {
    clientId: account.clientId,
    accountId: account.id,
    parameters,
    serialKey: account.id,
    priority: syncPriority(lengthOf(range), reachesToday),
  };
}
