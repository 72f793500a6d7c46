import { randomUUID } from 'node:crypto';
import type { GoalDefinition, InsightRow } from '../../../src/connectors/ads/contract.ts';
import type { Context } from '../../../src/context.ts';
import { transaction } from '../../../src/db/client.ts';
import type { Database } from '../../../src/db/client.ts';
import type { DayRange } from '../../../src/lib/days.ts';
import { updateClient } from '../../../src/services/clients/update.ts';
import { recomputeAccount } from '../../../src/services/goals/recompute.ts';
import { beginTask, createTaskWork } from '../../../src/services/runs/perform.ts';
import { WindowFacts } from '../../../src/services/sync/insights.ts';
import { replaceSlices } from '../../../src/services/sync/replace.ts';
import type { Holder } from '../sync/support.ts';
import { NOW, rowsOf } from '../sync/support.ts';

export interface Read {
  holder: Holder;
  goals: readonly GoalDefinition[];
  rows: readonly InsightRow[];
  window: DayRange;
}

/** What a sync of these rows stores for a client with these goals. */
export function store(db: Database, { holder, goals, rows, window }: Read): Promise<number> {
  const facts = new WindowFacts(goals);
  for (const row of rows) facts.add(row);
  const into = {
    ...{
      ...holder,
      platform: 'META',
      timezone: 'UTC',
      restatementDays: 28,
      window,
      runId: randomUUID(),
      readAt: NOW,
    },
    campaignRows: () => facts.campaignRows(),
  };
  return transaction(db.pool, (sql) => replaceSlices(sql, into, facts.facts()));
}

/** Changes the goals as an admin does, and returns the open run of it. */
export async function changeGoals(
  ctx: Context,
  clientId: string,
  goals: readonly GoalDefinition[],
): Promise<string | null> {
  await updateClient(ctx, clientId, { goals: goals.map((goal) => ({ ...goal, platform: 'META' })) });
  return openRun(ctx.db.staff, clientId);
}

export async function openRun(db: Database, clientId: string): Promise<string | null> {
  const query = `SELECT id FROM runs WHERE client_id = $1 AND kind = 'GOALS' AND status IN ('QUEUED', 'RUNNING')`;
  const [run] = await rowsOf(db, query, [clientId]);
  return (run?.['id'] as string | undefined) ?? null;
}

/** Tasks of a run that have not begun, in their order. */
export async function queuedTasks(db: Database, runId: string): Promise<string[]> {
  const query = `SELECT id FROM run_tasks WHERE run_id = $1 AND status = 'QUEUED' ORDER BY position`;
  return (await rowsOf(db, query, [runId])).map((task) => String(task['id']));
}

/** Performs one task with the real runner's hands; `stop` ends it from outside. */
export async function perform(ctx: Context, taskId: string, stop = new AbortController()): Promise<void> {
  const begun = await beginTask(ctx, { taskId, retries: 0 });
  if (!begun) throw new Error('nothing to begin');
  await recomputeAccount(ctx, createTaskWork(ctx, begun, stop));
}

/** Everything that figures are made from, as it is stored, without who wrote it. */
export async function stored(db: Database, { clientId, accountId }: Holder): Promise<unknown> {
  const figures = `currency, trim_scale(spend)::text AS spend, impressions, clicks, link_clicks,
    trim_scale(conversions)::text AS conversions, trim_scale(conversion_value)::text AS value, goals`;
  return {
    insights: await rowsOf(
      db,
      `SELECT date, campaign_external_id AS campaign, ad_set_external_id AS ad_set, ad_external_id AS ad, reach, actions,
         ${figures}
       FROM ad_insights WHERE client_id = $1 AND account_id = $2 ORDER BY 1, 2, 4 NULLS FIRST`,
      [clientId, accountId],
    ),
    slices: await rowsOf(
      db,
      'SELECT date, rows FROM slices WHERE client_id = $1 AND account_id = $2 ORDER BY 1',
      [clientId, accountId],
    ),
    campaignDays: await rowsOf(
      db,
      `SELECT date, campaign_external_id AS campaign, ${figures} FROM campaign_days
       WHERE client_id = $1 AND account_id = $2 ORDER BY 1, 2, 3`,
      [clientId, accountId],
    ),
    clientDays: await rowsOf(
      db,
      `SELECT date, platform, ${figures} FROM client_days WHERE client_id = $1 ORDER BY 1, 2, 3`,
      [clientId],
    ),
  };
}
