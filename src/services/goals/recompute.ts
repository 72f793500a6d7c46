import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import type { Day, DayRange } from '../../lib/days.ts';
import type { Checkpoint, TaskOutcome, TaskWork } from '../runs/task.ts';
import type { Fact } from '../sync/insights.ts';
import { WindowFacts } from '../sync/insights.ts';
import { replaceFacts } from '../sync/replace.ts';
import { lockFor } from '../sync/sql.ts';
import { readGoals } from './read.ts';
import { countChanges, insightRowsOf } from './rebuild.ts';
import { accountOf, countSliceRows, knownCampaignRows, storedDays, storedRows } from './sql.ts';
import { windowsOf } from './windows.ts';

/**
 * Chooses the goals of one account anew, from the actions that are stored with its figures; the platform is not asked.
 * Newest days first, each window in one checkpoint, which reads the goals as they are then. Called again after a kill it
 * begins anew: windows that are right already are read and not written. The task's lane keeps syncs of the account
 * away; the account's lock does so for one that is thought dead and is not.
 */
export async function recomputeAccount(ctx: Context, task: TaskWork): Promise<TaskOutcome> {
  const { clientId, accountId, runId } = task;
  if (clientId === null || accountId === null)
    throw new Error('A task of goals names a client and an account.');
  const account = await accountOf.maybe(ctx.db.pool, clientId, accountId);
  if (!account) return { status: 'SKIPPED', reason: 'The account is not there any more.' };
  const { platform, external_id: externalId } = account;
  const target = { clientId, accountId, platform, externalId, runId };
  for (const window of windowsOf(await storedDays.all(ctx.db.pool, clientId, accountId))) {
    await task.checkpoint((sql) => recomputeWindow(ctx, sql, { ...target, window }));
  }
  return { status: 'SUCCEEDED' };
}

interface Target {
  clientId: string;
  accountId: string;
  platform: string;
  externalId: string;
  runId: string;
  window: DayRange;
}

async function recomputeWindow(ctx: Context, sql: Sql, target: Target): Promise<Checkpoint> {
  const { clientId, accountId, platform, externalId, window } = target;
  const scope = [clientId, accountId, window.from, window.to] as const;
  await lockFor.run(sql, `sync.account:${accountId}`);
  const defaultGoals = ctx.platforms.get(platform)?.defaultGoals ?? [];
  const fresh = new WindowFacts(await readGoals(sql, clientId, { key: platform, defaultGoals }));
  const rows = await storedRows.all(sql, ...scope);
  const known = await knownCampaignRows.all(sql, ...scope);
  for (const row of insightRowsOf(rows, new Map(known.map((day) => [day.date, day.campaign_rows]))))
    fresh.add(row);
  const facts = [...fresh.facts()];
  const changed = countChanges(rows, facts);
  if (changed > 0) await store(ctx, sql, { ...target, facts });
  const message = `${externalId} ${window.from}…${window.to}: ${String(changed)} of ${String(rows.length)} rows`;
  return { records: changed, message };
}

async function store(ctx: Context, sql: Sql, target: Target & { facts: readonly Fact[] }): Promise<void> {
  const counted: ReadonlyMap<Day, number> = await replaceFacts(
    sql,
    { ...target, readAt: ctx.now() },
    target.facts,
  );
  await countSliceRows.run(
    sql,
    target.clientId,
    target.accountId,
    [...counted.keys()],
    [...counted.values()],
  );
}
