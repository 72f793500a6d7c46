import { inTransaction } from '../../context.ts';
import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import { actorLabel, requireAdmin } from '../access.ts';
import type { BackfillRequest } from '../backfill/scope.ts';
import type { SyncRequest } from '../sync/trigger.ts';
import { basisOf, fingerprintOf } from './basis.ts';
import type { Basis } from './basis.ts';
import { USUAL_COSTS } from './estimate.ts';
import type { PlanKind, PlanRow } from './sql.ts';
import { dropOldPlans, insertPlan, planAccounts } from './sql.ts';
import type { PlanSummary } from './summary.ts';
import { summarise, summary } from './summary.ts';
import { unusableOf } from './usable.ts';
import type { PlannedWork } from './work.ts';
import { WORK } from './work.ts';

export interface Plan {
  id: string;
  kind: PlanKind;
  createdAt: Date;
  expiresAt: Date;
  summary: PlanSummary;
  /** The run that carried it out. */
  runId: string | null;
}

const HOUR_MS = 3_600_000;
const KEPT_MS = 30 * 24 * HOUR_MS;

/** What `triggerSync` would do. No platform is asked. Throws what it throws. */
export function makeSyncPlan(ctx: Context, request: SyncRequest): Promise<Plan> {
  return makePlan(ctx, 'SYNC', request);
}

/** What a backfill of these clients and months would do. No platform is asked. Throws FORBIDDEN, NOT_FOUND, BAD_USER_INPUT. */
export function makeBackfillPlan(ctx: Context, request: BackfillRequest): Promise<Plan> {
  return makePlan(ctx, 'BACKFILL', request);
}

async function makePlan(ctx: Context, kind: PlanKind, request: object): Promise<Plan> {
  requireAdmin(ctx);
  return inTransaction(ctx, async (sql) => {
    const said = await summaryOf(ctx, sql, { kind, request });
    const { basis } = said;
    const now = ctx.now();
    await dropOldPlans.run(sql, new Date(now.getTime() - KEPT_MS));
    const [row] = await insertPlan.all(
      sql,
      ...([kind, JSON.stringify(request), JSON.stringify(said)] as const),
      fingerprintOf(kind, request, basis),
      actorLabel(ctx.actor),
      ...([now, new Date(now.getTime() + HOUR_MS)] as const),
    );
    if (!row) throw new Error('plans.insert returned no row');
    return toPlan(row);
  });
}

/** What a backfill would do, kept nowhere and changing nothing. Throws what `makeBackfillPlan` throws. */
export function previewBackfill(ctx: Context, request: BackfillRequest): Promise<PlanSummary> {
  requireAdmin(ctx);
  return inTransaction(ctx, (sql) => summaryOf(ctx, sql, { kind: 'BACKFILL', request }));
}

async function summaryOf(
  ctx: Context,
  sql: Sql,
  { kind, request }: { kind: PlanKind; request: object },
): Promise<PlanSummary> {
  const { work, accounts, basis } = await workOut(ctx, sql, { kind, request });
  return summarise({
    ...{ kind, basis, cells: work.cells },
    unusable: await unusableOf(ctx, accounts),
    rowsPerDay: new Map(accounts.map((account) => [account.id, account.rows_per_day])),
    costsOf: (platform) => ctx.platforms.get(platform)?.costs ?? USUAL_COSTS,
  });
}

interface WorkedOut {
  work: PlannedWork;
  accounts: Awaited<ReturnType<typeof planAccounts.all>>;
  basis: Basis;
}

/** What a request comes to as things are in this transaction. */
export async function workOut(
  ctx: Context,
  sql: Sql,
  { kind, request }: { kind: PlanKind; request: unknown },
): Promise<WorkedOut> {
  const work = await WORK[kind](ctx, sql, request);
  const accounts = await planAccounts.all(sql, [...new Set(work.cells.map((cell) => cell.account.id))]);
  return { work, accounts, basis: basisOf(work.cells, accounts) };
}

export function toPlan(row: PlanRow): Plan {
  return {
    id: row.id,
    kind: row.kind,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    summary: summary.parse(row.summary),
    runId: row.run_id,
  };
}
