import type { ReachRow } from '../../connectors/ads/breakdowns.ts';
import type { AccountAccess, AdPlatform } from '../../connectors/ads/contract.ts';
import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import { isPlausibleAmount, isPlausibleCount } from '../../lib/decimal.ts';
import type { TaskWork } from '../runs/task.ts';
import type { Tally } from '../sync/read.ts';
import { deleteSuperseded, deleteWindow, insertWindow, windowsReadByRun } from './sql.ts';
import type { ReachWindow } from './windows.ts';

/** Whose reach to ask for, of which windows. */
export interface ReachRequest {
  clientId: string;
  accountId: string;
  account: { externalId: string };
  platform: AdPlatform;
  access: AccountAccess;
  windows: readonly ReachWindow[];
  /** Hears of rows that are not stored. */
  tally: Tally;
}

/**
 * Asks the platform for the reach of every window as a whole and stores it, a checkpoint a window; those that this run
 * has stored already are left alone. When all were told, rolling windows of earlier days go. Returns how many windows
 * the platform told; of the others nothing is stored. Throws what the platform throws.
 */
export async function refreshReach(ctx: Context, task: TaskWork, request: ReachRequest): Promise<number> {
  const { clientId, accountId, account, platform, access, windows } = request;
  const rows = await windowsReadByRun.all(ctx.db.pool, clientId, accountId, task.runId);
  const read = new Set(rows.map(({ from, to }) => `${from} ${to}`));
  let told = 0;
  for (const window of windows) {
    const { from, to } = window;
    if (!read.has(`${from} ${to}`)) {
      const at = ctx.now();
      const reached = await platform.readReach(access, { from, to });
      if (reached === null) continue;
      const believed = believable(reached, request.tally);
      await task.checkpoint(async (sql) => {
        await replaceWindow(sql, { clientId, accountId, runId: task.runId, at, window }, believed);
        return { records: believed.length, message: `${account.externalId} reach ${from}…${to}` };
      });
    }
    told += 1;
  }
  if (told === windows.length) await supersede(ctx, request);
  return told;
}

interface Replacement {
  clientId: string;
  accountId: string;
  runId: string;
  at: Date;
  window: ReachWindow;
}

/** A window that somebody asked for stays kept, also when it is a rolling one of today. */
async function replaceWindow(sql: Sql, into: Replacement, rows: readonly ReachRow[]): Promise<void> {
  const { clientId, accountId, window, runId, at } = into;
  const scope = [clientId, accountId, window.from, window.to] as const;
  const gone = await deleteWindow.all(sql, ...scope);
  const rolling = window.rolling && gone.every((row) => row.rolling);
  const stored = rows.map(({ campaignExternalId, ...figures }) => ({
    campaign_external_id: campaignExternalId,
    ...figures,
  }));
  await insertWindow.run(sql, ...scope, runId, at, rolling, JSON.stringify(stored));
}

async function supersede(ctx: Context, { clientId, accountId, windows }: ReachRequest): Promise<void> {
  const ends = windows.filter((window) => window.rolling).map((window) => window.to);
  const newest = ends.toSorted().at(-1);
  if (newest !== undefined) await deleteSuperseded.run(ctx.db.pool, clientId, accountId, newest);
}

const UNSTORABLE = /[\p{Cc}\p{Surrogate}]/u;

/**
 * The rows that can be stored, each campaign once, the last one wins. Nobody at all was reached when the platform has
 * no row for the window: that, too, is told.
 */
function believable(rows: readonly ReachRow[], tally: Tally): ReachRow[] {
  if (rows.length === 0) return [{ campaignExternalId: null, reach: '0', impressions: '0', frequency: null }];
  const kept = new Map<string | null, ReachRow>();
  for (const row of rows) {
    const reason = refusal(row);
    if (reason !== null) tally.refuse(reason);
    else if (kept.has(row.campaignExternalId)) tally.merged += 1;
    if (reason === null) kept.set(row.campaignExternalId, row);
  }
  return [...kept.values()];
}

function refusal(row: ReachRow): string | null {
  const id = row.campaignExternalId;
  if (id !== null && (id === '' || id.length > 64 || UNSTORABLE.test(id))) return 'it has no campaign id';
  if (!isPlausibleCount(row.reach)) return 'its reach is not a whole number';
  if (!isPlausibleCount(row.impressions)) return 'a counter is not a whole number';
  return row.frequency === null || isPlausibleAmount(row.frequency) ? null : 'its frequency is not a number';
}
