import type { Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import type { RunTrigger } from '../../db/enums.ts';
import type { Sql } from '../../db/sql.ts';
import { sha256 } from '../../lib/crypto.ts';
import { dayOf, daysBetween } from '../../lib/days.ts';
import { requireAdmin } from '../access.ts';
import { backfillPriority } from '../runs/lanes.ts';
import type { StartedRun } from '../runs/start.ts';
import { startRun } from '../runs/start.ts';
import type { NewTask } from '../runs/task.ts';
import type { MonthCell } from './cells.ts';
import { readCells } from './cells.ts';
import type { Backfill, BackfillRequest } from './scope.ts';
import { accountsOf, readBackfill } from './scope.ts';
import type { BackfillTaskParameters } from './task.ts';

const KIND = 'BACKFILL';

export interface BackfillTrigger extends BackfillRequest {
  trigger: RunTrigger;
  scheduleId: string | null;
}

/**
 * Starts the run that reads what is missing of these months, a task an account and month; months that are stored and
 * final have none, unless forced. The open run of the same work is returned instead of a second one; with nothing to
 * read the run is SKIPPED. Throws FORBIDDEN, NOT_FOUND and BAD_USER_INPUT.
 */
export async function triggerBackfill(ctx: Context, request: BackfillTrigger): Promise<StartedRun> {
  requireAdmin(ctx);
  const { trigger, scheduleId, ...asked } = request;
  const backfill = readBackfill(ctx, asked);
  return inTransaction(ctx, async (sql) => {
    const cells = await cellsOf(ctx, sql, backfill);
    return startCells(ctx, sql, { backfill, cells, trigger, scheduleId });
  });
}

/** Every account × month of a backfill, newest month first over all clients. */
export async function cellsOf(ctx: Context, sql: Sql, backfill: Backfill): Promise<MonthCell[]> {
  return readCells(sql, await accountsOf(ctx, sql, backfill), backfill.force ? 'ALL' : 'MISSING');
}

export interface PlannedBackfill {
  backfill: Backfill;
  /** Newest month first. */
  cells: readonly MonthCell[];
  trigger: RunTrigger;
  scheduleId: string | null;
}

/** Starts the run that reads these cells, in the caller's transaction. */
export function startCells(ctx: Context, sql: Sql, planned: PlannedBackfill): Promise<StartedRun> {
  const { backfill, cells, trigger, scheduleId } = planned;
  const { clientIds, months, platform, force } = backfill;
  return startRun(ctx, sql, {
    kind: KIND,
    trigger,
    clientId: clientIds?.length === 1 ? (clientIds[0] ?? null) : null,
    scheduleId,
    parameters: { months, force, ...(platform ? { platform } : {}), ...(clientIds ? { clientIds } : {}) },
    workKey: workKeyOf(backfill),
    tasks: cells.filter((cell) => cell.toFetch > 0).map((cell) => taskOf(cell, backfill, ctx.now())),
  });
}

function workKeyOf({ clientIds, months, platform, force }: Backfill): string {
  const clients = clientIds ? sha256(clientIds.join(' ')).toString('hex') : '*';
  return [KIND, clients, platform ?? '*', `${String(months)}m`, force ? 'ALL' : 'MISSING'].join(' ');
}

function taskOf({ account, month, range }: MonthCell, { force }: Backfill, now: Date): NewTask {
  const parameters: BackfillTaskParameters = { month, range, force };
  return {
    clientId: account.clientId,
    accountId: account.id,
    parameters,
    serialKey: account.id,
    priority: backfillPriority(daysBetween(range.to, dayOf(now, account.timezone))),
  };
}
