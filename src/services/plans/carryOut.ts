import { inTransaction } from '../../context.ts';
import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import { AppError, notFound } from '../../errors.ts';
import { requireAdmin } from '../access.ts';
import type { StartedRun } from '../runs/start.ts';
import { fingerprintOf, whatMoved } from './basis.ts';
import { toPlan, workOut } from './make.ts';
import type { PlanKind, PlanRow } from './sql.ts';
import { holdPlan, setPlanRun } from './sql.ts';

const AGAIN = 'Make a new plan.';
/** Refusals that say the request cannot be meant any more: a client is gone, or is not active. */
const MOVED_ON: ReadonlySet<string> = new Set(['NOT_FOUND', 'BAD_USER_INPUT']);

/**
 * Carries a plan out: starts its run, as long as the world is what it was planned on. Carrying it out again returns the
 * same run. Throws FORBIDDEN, NOT_FOUND for an unknown plan or one of another kind, and PLAN_STALE, which says what
 * moved on.
 */
export async function carryOut(
  ctx: Context,
  { kind, planId }: { kind: PlanKind; planId: string },
): Promise<StartedRun> {
  requireAdmin(ctx);
  return inTransaction(ctx, async (sql) => {
    const plan = await holdPlan.maybe(sql, planId, kind);
    if (!plan) throw notFound('plan');
    if (plan.run_id !== null) return { runId: plan.run_id, created: false };
    if (plan.expires_at <= ctx.now()) throw stale('It is older than an hour.');
    const start = await checked(ctx, sql, plan);
    const started = await start(sql);
    await setPlanRun.run(sql, plan.id, started.runId);
    return started;
  });
}

/** How to start the run, unless what the plan rests on is another. */
async function checked(ctx: Context, sql: Sql, plan: PlanRow) {
  const { kind, parameters: request } = plan;
  const { work, basis } = await workOut(ctx, sql, { kind, request }).catch((error: unknown) => {
    if (error instanceof AppError && MOVED_ON.has(error.code)) throw stale(error.message);
    throw error;
  });
  if (!fingerprintOf(kind, request, basis).equals(plan.fingerprint)) {
    const moved = whatMoved(toPlan(plan).summary.basis, basis);
    throw stale(moved.length > 0 ? `${moved.join('; ')}.` : 'What it rests on is another.');
  }
  return (within: Sql) => work.start(within);
}

function stale(why: string): AppError {
  return new AppError('PLAN_STALE', `The plan does not hold any more: ${why} ${AGAIN}`);
}
