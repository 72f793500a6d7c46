import { ConnectorError } from '../../connectors/errors.ts';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import type { Day } from '../../lib/days.ts';
import { daysOf } from '../../lib/days.ts';
import type { ReachableAccount } from '../accounts/access.ts';
import { accountAccess } from '../accounts/access.ts';
import { readGoals } from '../goals/read.ts';
import type { TaskOutcome, TaskWork } from '../runs/task.ts';
import { windowsAhead } from './ahead.ts';
import { TaskPages } from './pages/keep.ts';
import { lengthOf } from './plan.ts';
import type { Reader, ReadWindow } from './read.ts';
import { Tally } from './read.ts';
import { daysReadByRun, markFailed, markSynced } from './sql.ts';
import { storeReading } from './store.ts';
import { readStructure, saveStubs, StubFinder } from './structure.ts';
import type { SyncTask } from './task.ts';
import { parseTask } from './task.ts';
import { warningsOf } from './warn.ts';

/**
 * Reads the task's days of its account, newest window first, each window in one checkpoint. Called again after a
 * kill it goes on with the page after the last one that was kept. When the platform fails, what was read stays, the days
 * left get a failed attempt noted, and the error goes on to the runner.
 */
export async function syncAccount(ctx: Context, task: TaskWork): Promise<TaskOutcome> {
  const wanted = parseTask(task);
  const pages = await TaskPages.load(ctx, task, wanted.clientId);
  const left = await daysLeft(ctx, task, pages);
  const tally = new Tally();
  try {
    if (left.length > 0) await readDays(ctx, task, { wanted, pages, left, tally });
    await markSynced.run(ctx.db.pool, wanted.clientId, wanted.accountId, ctx.now());
    await report(task, tally);
  } catch (error) {
    // A stop is no failure of the days: they are read later, or by nobody.
    if (!task.signal.aborted) await noteFailure(ctx, task, { wanted, pages, left, tally, error });
    throw error;
  }
  return { status: 'SUCCEEDED' };
}

/** The task's days that this run has not read yet, newest first. */
async function daysLeft(ctx: Context, task: TaskWork, pages: TaskPages): Promise<Day[]> {
  const { clientId, accountId, range } = parseTask(task);
  const rows = await daysReadByRun.all(ctx.db.pool, clientId, accountId, range.from, range.to, task.runId);
  const read = new Set([...rows.map((row) => row.date), ...pages.storedDays()]);
  return daysOf(range)
    .filter((day) => !read.has(day))
    .toReversed();
}

interface Work {
  wanted: SyncTask;
  pages: TaskPages;
  /** Days not stored yet, newest first. */
  left: Day[];
  tally: Tally;
}

async function readDays(ctx: Context, task: TaskWork, work: Work): Promise<void> {
  const { wanted, pages, left, tally } = work;
  const { account, platform, ...rest } = await accountAccess(ctx, wanted);
  const ended = new AbortController();
  const access = { ...rest.access, signal: AbortSignal.any([task.signal, ended.signal]) };
  const goals = await readGoals(ctx.db.pool, wanted.clientId, platform);
  const restatementDays = await platform.restatementDays(access);
  await readStructure(ctx, { platform, access, owner: wanted, pages });
  const stubs = await StubFinder.load(ctx.db.pool, wanted);
  const warn = (message: string) => task.log('WARN', message);
  const reader: Reader = { platform, access, goals, stubs, tally, pages, warn, now: ctx.now };
  try {
    for await (const read of windowsAhead(reader, left)) {
      await storeWindow(task, { wanted, account, restatementDays, pages, read });
      left.splice(0, lengthOf(read.window));
    }
  } finally {
    ended.abort();
  }
}

interface WindowWork {
  wanted: SyncTask;
  account: ReachableAccount['account'];
  restatementDays: number;
  pages: TaskPages;
  read: ReadWindow;
}

async function storeWindow(task: TaskWork, work: WindowWork): Promise<void> {
  const { wanted, account, restatementDays, pages, read } = work;
  const { window, readAt, facts, stubs } = read;
  const { platform, timezone } = account;
  const warnings: string[] = [];
  await task.checkpoint(async (sql) => {
    await saveStubs(sql, wanted, stubs);
    const into = { ...wanted, platform, timezone, restatementDays, window, runId: task.runId, readAt };
    const stored = await storeReading(sql, into, read);
    await pages.replace(sql, read, facts.rows);
    warnings.push(...warningsOf(stored));
    return { records: stored.records, message: `${account.externalId} ${window.from}…${window.to}` };
  });
  for (const warning of warnings) await task.log('WARN', warning);
}

/** Never hides the failure itself: when even the note cannot be written, only the log hears of it. */
async function noteFailure(ctx: Context, task: TaskWork, work: Work & { error: unknown }): Promise<void> {
  const { clientId, accountId } = work.wanted;
  const { failure, reason } = describe(work.error);
  try {
    await markFailed.run(ctx.db.pool, clientId, accountId, work.left, task.runId, ctx.now(), failure, reason);
    await report(task, work.tally);
  } catch (error) {
    ctx.log.warn({ err: error, runId: task.runId, accountId }, 'a failed read could not be noted');
  }
}

/** The same classes as a run's errors; only messages that are meant for people are kept. */
function describe(error: unknown): { failure: string; reason: string } {
  if (error instanceof ConnectorError) return { failure: error.failure, reason: error.message };
  if (error instanceof AppError) return { failure: 'FIX', reason: error.message };
  return { failure: 'INTERNAL', reason: 'An unexpected error; the log has it.' };
}

async function report(task: TaskWork, tally: Tally): Promise<void> {
  const summary = tally.summary();
  if (summary !== null) await task.log('WARN', `${summary}.`);
}
