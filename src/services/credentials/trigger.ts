import type { Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import type { RunTrigger } from '../../db/enums.ts';
import { notFound } from '../../errors.ts';
import { requireAdmin } from '../access.ts';
import type { Once } from '../runs/idempotency.ts';
import { LANES } from '../runs/lanes.ts';
import type { StartedRun } from '../runs/start.ts';
import { startRun } from '../runs/start.ts';
import { deadAgencyTokens } from './dead.ts';
import { clientsWithCredentials } from './sql.ts';

export interface CheckTrigger {
  /** Null = every client. */
  clientId: string | null;
  trigger: RunTrigger;
  scheduleId: string | null;
  once?: Once | null;
}

const KIND = 'CREDENTIAL_CHECK';

/**
 * Starts a check of the credentials, a task a client, and for every client together one of the agency's tokens that were
 * refused; without any the run is SKIPPED. Throws FORBIDDEN.
 */
export async function triggerCredentialCheck(ctx: Context, input: CheckTrigger): Promise<StartedRun> {
  requireAdmin(ctx);
  const { clientId } = input;
  const clients = await clientsWithCredentials.all(ctx.db.pool, clientId);
  const ofAgency = clientId === null && (await deadAgencyTokens(ctx)).length > 0 ? [null] : [];
  const tasks = [...clients.map((row) => row.client_id), ...ofAgency].map((whose) => ({
    clientId: whose,
    accountId: null,
    parameters: {},
    serialKey: null,
    priority: LANES.CREDENTIALS,
  }));
  const workKey = `${KIND} ${clientId ?? '*'}`;
  return inTransaction(ctx, (sql) =>
    startRun(ctx, sql, { ...input, kind: KIND, parameters: {}, workKey, tasks }),
  );
}

/** The same for one client, by hand. Throws NOT_FOUND. */
export async function startCredentialCheck(
  ctx: Context,
  clientId: string,
  once: Once | null = null,
): Promise<StartedRun> {
  requireAdmin(ctx);
  if (!(await ctx.db.prisma.client.findFirst({ where: { id: clientId } }))) throw notFound('client');
  return triggerCredentialCheck(ctx, { clientId, trigger: 'MANUAL', scheduleId: null, once });
}
