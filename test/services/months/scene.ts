import type { AdPlatform } from '../../../src/connectors/ads/contract.ts';
import { ConnectorError } from '../../../src/connectors/errors.ts';
import type { Context } from '../../../src/context.ts';
import type { Database } from '../../../src/db/client.ts';
import { judgeFailure } from '../../../src/jobs/judge.ts';
import { daysOf } from '../../../src/lib/days.ts';
import { endTask } from '../../../src/services/runs/finish.ts';
import { beginTask, createTaskWork } from '../../../src/services/runs/perform.ts';
import type { TaskWork } from '../../../src/services/runs/task.ts';
import { performMonth } from '../../../src/services/months/perform.ts';
import type { CloseRequest } from '../../../src/services/months/trigger.ts';
import { triggerClose, triggerSettle } from '../../../src/services/months/trigger.ts';
import { planScene } from '../plans/scene.ts';
import type { PlanScene } from '../plans/scene.ts';
import { action, campaignRow, rowsOf } from '../sync/support.ts';

export const BY_HAND = { trigger: 'MANUAL', scheduleId: null } as const;

export interface MonthScene extends PlanScene {
  db: Database;
  /** External ids of accounts whose token is dead. */
  dead: Set<string>;
  /** External ids of the accounts whose figures were read, in order. */
  asked: string[];
  /** What every campaign-day brings; nothing at all when null. */
  day: { spend: string; purchases: string } | null;
  names: { c1: string };
}

const PER_DAY = ['c1', 'c2'] as const;

/** A platform that has two campaigns on every day of every account, with the accounts' own totals. */
export function monthScene(db: Database, now: Date): MonthScene {
  const plan = planScene(db, now);
  const { platform } = plan;
  const scene: MonthScene = {
    ...plan,
    ...{
      db,
      dead: new Set(),
      asked: [],
      day: { spend: '1.50', purchases: '2' },
      names: { c1: 'Campaign one' },
    },
  };
  platform.serve = (window) =>
    daysOf(window).flatMap((date) =>
      PER_DAY.flatMap((id) => {
        if (!scene.day) return [];
        const campaignName = id === 'c1' ? scene.names.c1 : 'Campaign two';
        const actions = { purchase: action(scene.day.purchases, '30.5') };
        return [campaignRow({ date, campaignExternalId: id, campaignName, spend: scene.day.spend, actions })];
      }),
    );
  platform.totals = (window) =>
    scene.day === null
      ? []
      : daysOf(window).map((date) => ({
          ...{ date, currency: 'EUR', impressions: '200', clicks: '20' },
          spend: String(2 * Number(scene.day?.spend)),
        }));
  const heard: AdPlatform = {
    ...platform,
    async *readStructure(access, from) {
      if (scene.dead.has(access.externalId)) {
        throw new ConnectorError('The token expired.', { failure: 'REAUTHORIZE' });
      }
      const { names } = scene;
      platform.structure.campaigns = PER_DAY.map((externalId) => ({
        ...{ externalId, status: 'ACTIVE', objective: 'SALES' },
        name: externalId === 'c1' ? names.c1 : 'Campaign two',
      }));
      yield* platform.readStructure(access, from);
    },
    async *readInsights(access, window, from) {
      scene.asked.push(access.externalId);
      yield* platform.readInsights(access, window, from);
    },
  };
  scene.ctx = { ...plan.ctx, platforms: new Map([['META', heard]]) };
  return scene;
}

export interface Performed {
  runId: string;
  status: string;
  /** One a task, in order. */
  outcomes: string[];
}

/** Closes a month by hand and performs its tasks as the runner does. */
export async function close(scene: MonthScene, asked: CloseRequest): Promise<Performed> {
  const { runId } = await triggerClose(scene.ctx, asked, BY_HAND);
  return perform(scene, runId);
}

export async function settle(scene: MonthScene, clientId: string | null = null): Promise<Performed> {
  const { runId } = await triggerSettle(scene.ctx, { ...BY_HAND, clientId });
  return perform(scene, runId);
}

async function perform(scene: MonthScene, runId: string): Promise<Performed> {
  for (const task of await rowsOf(scene.db, 'SELECT id FROM run_tasks WHERE run_id = $1 ORDER BY position', [
    runId,
  ])) {
    await performTask(scene.ctx, String(task['id']));
  }
  const outcomes = await rowsOf(
    scene.db,
    `SELECT concat_ws(' ', status, error_class, error_reason) AS outcome FROM run_tasks
     WHERE run_id = $1 ORDER BY position`,
    [runId],
  );
  const [run] = await rowsOf(scene.db, 'SELECT status FROM runs WHERE id = $1', [runId]);
  return {
    runId,
    status: String(run?.['status']),
    outcomes: outcomes.map((row) => String(row['outcome'])),
  };
}

/** One try of a task; `wrap` may change what it is given. A kill (any error it throws itself) goes on to the caller. */
export async function performTask(
  ctx: Context,
  taskId: string,
  wrap: (work: TaskWork) => TaskWork = (work) => work,
): Promise<void> {
  const begun = await beginTask(ctx, { taskId, retries: 0 });
  if (!begun) throw new Error('nothing to begin');
  try {
    const outcome = await performMonth(ctx, wrap(createTaskWork(ctx, begun, new AbortController())));
    await endTask(ctx, { ...begun, ...outcome, errorClass: null, reason: outcome.reason ?? null });
  } catch (error) {
    if (error instanceof Killed) throw error;
    const { errorClass, reason } = judgeFailure(error);
    if (errorClass === 'INTERNAL') throw error;
    await endTask(ctx, { ...begun, status: 'FAILED', errorClass, reason });
  }
}

export class Killed extends Error {}

export interface StoredMonth {
  id: string;
  state: string;
  quality: string;
  reason: string | null;
  content: string | null;
  hash: string | null;
  campaigns: number;
  revisions: number;
}

export async function monthsOf(db: Database, clientId: string): Promise<StoredMonth[]> {
  const { rows } = await db.pool.query<StoredMonth>(
    `SELECT id, state, quality, reason, content, encode(content_hash, 'hex') AS hash,
       (SELECT count(*)::int FROM month_campaigns WHERE month_id = months.id) AS campaigns,
       (SELECT count(*)::int FROM month_revisions WHERE month_id = months.id) AS revisions
     FROM months WHERE client_id = $1 ORDER BY month`,
    [clientId],
  );
  return rows;
}
