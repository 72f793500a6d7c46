import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import { actorLabel } from '../access.ts';
import { lockFor } from '../sync/sql.ts';
import { campaignKey, compareMonths } from './compare.ts';
import { contentHash, parseMonth, renderMonth } from './content.ts';
import type { CaptureStep } from './decide.ts';
import { decideCapture } from './decide.ts';
import { monthAccounts } from './facts/sql.ts';
import type { Gathered, MonthKey } from './gather.ts';
import { gatherMonth, pairOf } from './gather.ts';
import type { MonthJudgement } from './judge.ts';
import { judgeMonth } from './judge.ts';
import type { StoredMonthRow } from './sql.ts';
import * as months from './sql.ts';
import type { MonthState } from '../../db/enums.ts';

export interface CaptureInput extends MonthKey {
  runId: string | null;
  /** Also a poorer capture over a richer one; never over a FINAL month. */
  force: boolean;
}

export interface Captured {
  step: CaptureStep;
  /** Of the capture, or of what stays. */
  state: MonthState;
  /** What is stored at this moment. */
  fresh: MonthJudgement;
  campaigns: number;
  /** Whether nothing of the month had been captured before this run. */
  isFirst: boolean;
  /** How many differences to the FINAL month were noted now. */
  adjustments: number;
}

/**
 * Captures what is stored of a month, inside the caller's transaction, or finds that nothing has to change. Nobody's
 * sync changes the accounts meanwhile, so that all of it is of one moment. A FINAL month stays as it is: what differs
 * today is noted as adjustments, each once. Throws NOT_FOUND.
 */
export async function captureMonth(ctx: Context, sql: Sql, input: CaptureInput): Promise<Captured> {
  await holdMonth(sql, input);
  const stored = await months.storedMonth.maybe(sql, input.clientId, input.platform, input.month);
  const gathered = await gatherMonth(ctx, sql, input);
  const fresh = judgeMonth(gathered.facts);
  const content = fresh.quality === 'MISSING' ? null : renderMonth(gathered.content);
  const hash = content === null ? null : contentHash(content);
  const { step, state } = decideCapture(
    stored && { ...stored, hash: stored.content_hash },
    { ...fresh, hash, isSettled: gathered.isSettled },
    input.force,
  );
  const scene: Scene = { input, stored, gathered, fresh, content, hash, state };
  if (step === 'WRITE') await write(ctx, sql, scene);
  if (step === 'SAME' && stored) await months.touchMonth.run(sql, input.clientId, stored.id, ctx.now());
  const adjustments = step === 'COMPARE' && stored ? await noteDrift(ctx, sql, { ...scene, stored }) : 0;
  const { campaigns } = gathered.facts;
  return { step, state, fresh, campaigns, isFirst: await isFirst(sql, input), adjustments };
}

/** The lock of the month, then those that every write of its accounts takes. */
async function holdMonth(sql: Sql, key: MonthKey): Promise<void> {
  await lockFor.run(sql, `months:${key.clientId}:${key.platform}:${key.month}`);
  const accounts = await monthAccounts.all(sql, ...pairOf(key));
  for (const id of accounts.map((account) => account.id).toSorted()) {
    await lockFor.run(sql, `sync.account:${id}`);
  }
}

interface Scene {
  input: CaptureInput;
  stored: StoredMonthRow | null;
  gathered: Gathered;
  fresh: MonthJudgement;
  content: string | null;
  hash: Buffer | null;
  state: MonthState;
}

async function write(ctx: Context, sql: Sql, scene: Scene): Promise<void> {
  const { input, fresh, content, hash, state } = scene;
  const { clientId, platform, month, runId } = input;
  const key = [clientId, platform, month] as const;
  const { quality, reason } = fresh;
  const at = ctx.now();
  const row = await months.writeMonth.maybe(sql, ...key, state, quality, reason, content, hash, at, runId);
  if (!row) throw new Error('A FINAL month was to be overwritten.');
  await months.dropCampaigns.run(sql, clientId, row.id);
  const campaigns = content === null ? [] : parseMonth(content).campaigns;
  await months.insertCampaigns.run(sql, clientId, row.id, JSON.stringify(campaigns));
  await months.insertRevision.run(sql, clientId, row.id, at, reason, runId, actorLabel(ctx.actor));
}

/** Of figures that are whole only: what is missing today is no drift. */
async function noteDrift(ctx: Context, sql: Sql, scene: Scene & { stored: StoredMonthRow }): Promise<number> {
  const { input, stored, gathered, fresh } = scene;
  const isWhole = fresh.quality === 'RICH' || fresh.quality === 'NOT_EXPECTED';
  if (!isWhole || stored.content === null || stored.final_at === null) return 0;
  const { clientId, runId } = input;
  const noted = await months.notedSince.all(sql, clientId, stored.id, stored.final_at);
  const lost = await months.lostAds.all(sql, ...pairOf(input), stored.final_at);
  const drift = compareMonths({
    frozen: parseMonth(stored.content),
    today: gathered.content,
    noted,
    lostAds: new Set(lost.map(campaignKey)),
  });
  if (drift.length > 0) {
    await months.insertAdjustments.run(sql, clientId, stored.id, ctx.now(), runId, JSON.stringify(drift));
  }
  return drift.length;
}

async function isFirst(sql: Sql, { clientId, platform, month, runId }: CaptureInput): Promise<boolean> {
  const row = await months.storedMonth.maybe(sql, clientId, platform, month);
  return !row || (await months.capturedBefore.maybe(sql, clientId, row.id, runId)) === null;
}
