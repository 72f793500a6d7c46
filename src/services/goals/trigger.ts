import type { Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import type { RunTrigger } from '../../db/enums.ts';
import type { Sql } from '../../db/sql.ts';
import { requireAdmin } from '../access.ts';
import { startOrExtendRun } from '../runs/extend.ts';
import { LANES } from '../runs/lanes.ts';
import type { StartedRun } from '../runs/start.ts';
import type { StoredDays } from './sql.ts';
import { accountsToRecompute, countStored } from './sql.ts';

/** Whose goals are chosen anew. */
export interface Recompute {
  /** Null = every client. */
  clientId: string | null;
  /** Null = every platform. */
  platforms: readonly string[] | null;
  /** MANUAL when left out. */
  trigger?: RunTrigger;
  scheduleId?: string | null;
}

const KIND = 'GOALS';

/**
 * Starts the run that chooses the goals of these accounts anew, in the transaction that changed them; or adds to the
 * open one what has begun there already, so that what was read with the goals before is done again. A task an account,
 * in the account's lane: a sync that began with the goals before is over when it begins. Null when there is no account.
 */
export async function startRecompute(ctx: Context, sql: Sql, wanted: Recompute): Promise<StartedRun | null> {
  const { clientId, platforms } = wanted;
  const accounts = await accountsToRecompute.all(sql, clientId, platforms);
  if (accounts.length === 0) return null;
  return startOrExtendRun(ctx, sql, {
    kind: KIND,
    trigger: wanted.trigger ?? 'MANUAL',
    clientId,
    scheduleId: wanted.scheduleId ?? null,
    parameters: {},
    workKey: `${KIND} ${clientId ?? '*'}`,
    tasks: accounts.map((account) => ({
      clientId: account.client_id,
      accountId: account.account_id,
      parameters: {},
      serialKey: account.account_id,
      priority: LANES.GOALS,
    })),
  });
}

/** The same in a transaction of its own. Throws FORBIDDEN. */
export async function triggerRecompute(ctx: Context, wanted: Recompute): Promise<StartedRun | null> {
  requireAdmin(ctx);
  return inTransaction(ctx, (sql) => startRecompute(ctx, sql, wanted));
}

/** What a change of these platforms' goals would compute anew. Throws FORBIDDEN. */
export async function planRecompute(
  ctx: Context,
  { clientId, platforms }: Pick<Recompute, 'clientId' | 'platforms'>,
): Promise<StoredDays[]> {
  requireAdmin(ctx);
  return countStored.all(ctx.db.pool, clientId, platforms);
}
