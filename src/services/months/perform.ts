import { ConnectorError } from '../../connectors/errors.ts';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import type { TaskOutcome, TaskWork } from '../runs/task.ts';
import { isOver, rangeOf } from './calendar.ts';
import type { Captured } from './capture.ts';
import { captureMonth } from './capture.ts';
import type { PieceFailure } from './fetch.ts';
import { fetchMonth } from './fetch.ts';
import { pairOf } from './gather.ts';
import { describeOutcome, describePlan } from './outcome.ts';
import type { MonthAccountRow } from './facts/sql.ts';
import { daysToRead, monthAccounts } from './facts/sql.ts';
import type { StoredMonthRow } from './sql.ts';
import { storedMonth } from './sql.ts';
import type { MonthTask } from './task.ts';
import { parseTask } from './task.ts';

/**
 * Closes or settles the month of one client on one platform: looks first whether there is anything to do, reads what is
 * missing or can still change, and captures what is then there, in one checkpoint. Called again after a kill it goes on
 * where it was left. The outcome's reason begins with SAVED:, UPDATED:, SKIPPED: or, for a dry run, DRY_RUN:. Throws
 * when the figures of an account could not be read; what is there is captured all the same.
 */
export async function performMonth(ctx: Context, task: TaskWork): Promise<TaskOutcome> {
  const wanted = parseTask(task);
  const found = await look(ctx, wanted);
  const skip = whySkip({ ...found, wanted, runId: task.runId, now: ctx.now() });
  if (skip !== null) return { status: 'SKIPPED', reason: `SKIPPED: ${skip}` };
  if (wanted.dryRun) return dryRun(ctx, task, found);
  const isFrozen = found.stored?.state === 'FINAL' && wanted.mode === 'SETTLE';
  const failures = isFrozen ? [] : await fetchMonth(ctx, task, { wanted, accounts: found.accounts });
  const captured = await capture(ctx, task, wanted);
  const unread = failures.find(({ piece }) => piece === 'figures');
  if (unread) throw named(unread);
  return describeOutcome(captured, failures);
}

export interface Found {
  accounts: MonthAccountRow[];
  /** Null = nothing was ever captured. */
  stored: StoredMonthRow | null;
}

async function look(ctx: Context, wanted: MonthTask): Promise<Found> {
  const sql = ctx.db.pool;
  return {
    accounts: await monthAccounts.all(sql, ...pairOf(wanted)),
    stored: await storedMonth.maybe(sql, wanted.clientId, wanted.platform, wanted.month),
  };
}

export interface SkipFacts extends Found {
  wanted: Pick<MonthTask, 'month' | 'mode' | 'force'>;
  runId: string;
  now: Date;
}

/**
 * Why there is nothing to do, before anything is asked of a platform; null = there is. A month that is FINAL is RICH,
 * or without delivery, and can no longer change.
 */
export function whySkip({ accounts, stored, wanted, runId, now }: SkipFacts): string | null {
  const { month, mode, force } = wanted;
  if (accounts.length === 0) return 'the client has no account there any more';
  const open = accounts.find((account) => !isOver(month, account.timezone, now));
  if (open) return `${month} is not over yet for ${open.external_id} (${open.timezone})`;
  // What this very run captured before it was interrupted is its outcome.
  if (stored?.state !== 'FINAL' || stored.run_id === runId || force || mode === 'SETTLE') return null;
  return `FINAL since ${stored.final_at?.toISOString().slice(0, 10) ?? 'long ago'}: ${stored.quality}, and it can no longer change`;
}

async function dryRun(ctx: Context, task: TaskWork, { accounts, stored }: Found): Promise<TaskOutcome> {
  const wanted = parseTask(task);
  const { from, to } = rangeOf(wanted.month);
  const days = new Map<string, number>();
  for (const account of accounts) {
    const scope = [wanted.clientId, account.id, from, to, task.runId, wanted.force, null] as const;
    days.set(account.external_id, (await daysToRead.all(ctx.db.pool, ...scope)).length);
  }
  return { status: 'SUCCEEDED', reason: describePlan(stored, days) };
}

async function capture(ctx: Context, task: TaskWork, wanted: MonthTask): Promise<Captured> {
  const { clientId, platform, month, force } = wanted;
  const captured: Captured[] = [];
  await task.checkpoint(async (sql) => {
    captured.push(await captureMonth(ctx, sql, { clientId, platform, month, force, runId: task.runId }));
    return { records: 0, message: `${platform} ${month} captured` };
  });
  const last = captured.at(-1);
  if (!last) throw new Error('A checkpoint did not write.');
  return last;
}

/** The same failure, saying of which account it is. */
function named({ externalId, piece, error }: PieceFailure): Error {
  const message = `${externalId}: ${piece} could not be read: ${error.message}`;
  if (error instanceof AppError) return new AppError(error.code, message);
  const { failure, concerns, status, vendorCode, retryAt, cause } = error;
  return new ConnectorError(message, {
    ...{ failure, concerns, cause },
    ...(status === undefined ? {} : { status }),
    ...(vendorCode === undefined ? {} : { vendorCode }),
    ...(retryAt === undefined ? {} : { retryAt }),
  });
}
