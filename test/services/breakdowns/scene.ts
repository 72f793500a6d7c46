import { randomUUID } from 'node:crypto';
import type { BreakdownQuestion, BreakdownRow, ReachRow } from '../../../src/connectors/ads/breakdowns.ts';
import type { AdPlatform } from '../../../src/connectors/ads/contract.ts';
import type { Context } from '../../../src/context.ts';
import type { Database } from '../../../src/db/client.ts';
import type { DayRange } from '../../../src/lib/days.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { triggerBreakdowns } from '../../../src/services/breakdowns/trigger.ts';
import { beginTask, createTaskWork } from '../../../src/services/runs/perform.ts';
import type { TaskWork } from '../../../src/services/runs/task.ts';
import type { SyncTrigger } from '../../../src/services/sync/trigger.ts';
import { addHolder, contextOf, rowsOf, scriptedPlatform } from '../sync/support.ts';
import type { AccountSettings, Holder } from '../sync/support.ts';

export function partRow(changes: Partial<BreakdownRow> = {}): BreakdownRow {
  return {
    date: '2026-11-20',
    campaignExternalId: 'c1',
    adExternalId: null,
    segments: { age: '25-34', gender: 'female' },
    currency: 'EUR',
    spend: '1.50',
    impressions: '100',
    clicks: '10',
    linkClicks: '5',
    actions: {},
    ...changes,
  };
}

/** A platform that serves what the test put into it, and notes what it was asked. */
export interface BrokenDownPlatform extends AdPlatform {
  asked: BreakdownQuestion[];
  /** What a reading yields, a page each; it may throw. */
  serve: (question: BreakdownQuestion) => Iterable<BreakdownRow[]> | AsyncIterable<BreakdownRow[]>;
  /** Days that it does not serve whole. */
  unserved: { range: DayRange; reason: string }[];
  windowsAsked: DayRange[];
  tellReach: (window: DayRange) => ReachRow[] | null;
}

export function brokenDownPlatform(): BrokenDownPlatform {
  const platform: BrokenDownPlatform = {
    ...scriptedPlatform(),
    breakdowns: ['DEMOGRAPHICS'],
    asked: [],
    serve: () => [],
    unserved: [],
    windowsAsked: [],
    tellReach: () => null,
    async *readBreakdowns(_access, question) {
      platform.asked.push(question);
      for await (const rows of platform.serve(question)) yield { rows, rejected: [], next: null };
      yield { rows: [], rejected: [], unserved: platform.unserved, next: null };
    },
    readReach: (_access, window) => {
      platform.windowsAsked.push(window);
      return Promise.resolve().then(() => platform.tellReach(window));
    },
  };
  return platform;
}

export interface Scene {
  ctx: Context;
  platform: BrokenDownPlatform;
  holder: Holder;
  /** Triggers a run and hands out its task, in the hands of the real runner code. */
  begin(request?: SyncTrigger): Promise<BegunTask>;
}

export interface BegunTask {
  task: TaskWork;
  runId: string;
  /** Takes the task over, as another process does after a kill. */
  again(): Promise<TaskWork>;
}

export async function scene(db: Database, account: AccountSettings = {}): Promise<Scene> {
  const platform = brokenDownPlatform();
  // A token of its own: one that died in another test is known to be dead.
  const agencyTokens = new Map([[platform.key, new Secret(randomUUID())]]);
  const ctx = { ...contextOf(db, platform), agencyTokens };
  const holder = await addHolder(db, account);
  const begin = async (request: SyncTrigger = {}) => {
    const { runId } = await triggerBreakdowns(ctx, { clientId: holder.clientId, ...request });
    const [row] = await rowsOf(db, 'SELECT id FROM run_tasks WHERE run_id = $1', [runId]);
    const again = async (stop = new AbortController()) => {
      const begun = await beginTask(ctx, { taskId: String(row?.['id']), retries: 0 });
      if (!begun) throw new Error('nothing to begin');
      return createTaskWork(ctx, begun, stop);
    };
    return { task: await again(), runId, again };
  };
  return { ctx, platform, holder, begin };
}

/** What is stored of a client, without what a re-read may change. */
export function partsOf(db: Database, holder: Holder): Promise<Record<string, unknown>[]> {
  return rowsOf(
    db,
    `SELECT kind, date::text AS date, campaign_external_id AS campaign, ad_external_id AS ad, segments, spend::text,
       impressions::int AS impressions, actions
     FROM ad_breakdowns WHERE client_id = $1 ORDER BY date, campaign, ad, segments::text`,
    [holder.clientId],
  );
}

/** Where every row lies and which transaction wrote or locked it. */
export function whenWritten(db: Database, holder: Holder): Promise<Record<string, unknown>[]> {
  return rowsOf(
    db,
    `SELECT segments ->> 'age' AS age, ctid::text AS place, xmin::text AS wrote, xmax::text AS locked
     FROM ad_breakdowns WHERE client_id = $1 ORDER BY age`,
    [holder.clientId],
  );
}

export function slicesOf(db: Database, holder: Holder): Promise<Record<string, unknown>[]> {
  return rowsOf(
    db,
    `SELECT kind, date::text AS date, fetched_at, final, rows, run_id, failure_class, failure_reason
     FROM breakdown_slices WHERE client_id = $1 ORDER BY kind, date DESC`,
    [holder.clientId],
  );
}
