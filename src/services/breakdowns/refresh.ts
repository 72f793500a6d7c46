import type { BreakdownKind } from '../../connectors/ads/breakdowns.ts';
import type { AccountAccess, AdPlatform } from '../../connectors/ads/contract.ts';
import { ConnectorError } from '../../connectors/errors.ts';
import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import { AppError } from '../../errors.ts';
import type { Day } from '../../lib/days.ts';
import { addDays, addMonths, dayOf, daysOf } from '../../lib/days.ts';
import { storable } from '../../lib/text.ts';
import { accountAccess, platformOf } from '../accounts/access.ts';
import { refreshReach } from '../reach/refresh.ts';
import type { TaskOutcome, TaskWork } from '../runs/task.ts';
import { FIRST_WINDOW_DAYS, lengthOf, newestOf, windowDaysAfter } from '../sync/plan.ts';
import { Tally } from '../sync/read.ts';
import { replaceWindow } from './replace.ts';
import { daysReadByRun, markFailed, unsettledDays } from './sql.ts';
import type { BreakdownTask } from './task.ts';
import { parseTask } from './task.ts';
import { readWindow } from './window.ts';

/** Days that are read once more in one task because they can no longer change: a week that nobody read is made up for. */
const MOST_SETTLED = 7;

interface Work {
  wanted: BreakdownTask;
  /** Days not stored yet, newest first. */
  left: Map<BreakdownKind, Day[]>;
  tally: Tally;
}

/**
 * Reads the task's days of every breakdown that the account's platform has, newest first, each window of a few days in
 * one checkpoint, and then the reach of its windows. Called again after a kill it goes on with what this run has not
 * read yet. When the platform fails, what was read stays, the days left get the failure noted, and the error goes on
 * to the runner; a kind that the platform refuses (FIX) does not keep the others from being read first.
 */
export async function refreshBreakdowns(ctx: Context, task: TaskWork): Promise<TaskOutcome> {
  const wanted = parseTask(task);
  const platform = platformOf(ctx, wanted.platform);
  const left = await daysLeft(ctx, { wanted, kinds: platform.breakdowns, runId: task.runId });
  const work: Work = { wanted, left, tally: new Tally() };
  try {
    const told = await readAll(ctx, task, work);
    if (told > 0 || platform.breakdowns.length > 0) return { status: 'SUCCEEDED' };
    return { status: 'SKIPPED', reason: `${platform.label} has no breakdowns and does not tell reach.` };
  } catch (error) {
    // A stop is no failure of the days: they are read later, or by nobody.
    if (!task.signal.aborted)
      for (const kind of left.keys()) await noteFailure(ctx, task, { ...work, kind, error });
    throw error;
  } finally {
    const summary = work.tally.summary();
    if (summary !== null && !task.signal.aborted) await task.log('WARN', `${summary}.`);
  }
}

/** The task's days that this run has not read yet. */
async function daysLeft(
  ctx: Context,
  { wanted, kinds, runId }: { wanted: BreakdownTask; kinds: readonly BreakdownKind[]; runId: string },
): Promise<Work['left']> {
  const rows = await daysReadByRun.all(ctx.db.pool, wanted.clientId, wanted.accountId, runId);
  const read = new Set(rows.map(({ kind, date }) => `${kind} ${date}`));
  const days = daysOf(wanted.range).toReversed();
  return new Map(kinds.map((kind) => [kind, days.filter((day) => !read.has(`${kind} ${day}`))]));
}

/** Returns how many windows of reach the platform told. */
async function readAll(ctx: Context, task: TaskWork, work: Work): Promise<number> {
  const { wanted, left, tally } = work;
  const { account, platform, ...rest } = await accountAccess(ctx, wanted);
  const access: AccountAccess = { ...rest.access, signal: task.signal };
  const reading: Reading = { ...work, account, platform, access, restatementDays: 0 };
  const refused: unknown[] = [];
  if (left.size > 0) reading.restatementDays = await platform.restatementDays(access);
  for (const [kind, days] of left) {
    try {
      if (wanted.settle) days.push(...(await daysToSettle(ctx, reading, kind)));
      await readKind(ctx, task, { ...reading, kind, days });
    } catch (error) {
      if (task.signal.aborted || !isRefusal(error)) throw error;
      await noteFailure(ctx, task, { ...work, kind, error });
      refused.push(error);
    }
    left.delete(kind);
  }
  const told = await refreshReach(ctx, task, {
    ...wanted,
    account,
    platform,
    access,
    windows: wanted.reach,
    tally,
  });
  if (refused.length > 0) throw refused[0];
  return told;
}

interface Reading extends Work {
  account: { externalId: string; timezone: string };
  platform: AdPlatform;
  access: AccountAccess;
  restatementDays: number;
}

/** Earlier days than the task's, as long as the platform still serves them. */
async function daysToSettle(ctx: Context, reading: Reading, kind: BreakdownKind): Promise<Day[]> {
  const { wanted, account, platform, restatementDays } = reading;
  const today = dayOf(ctx.now(), account.timezone);
  const oldest = addDays(addMonths(today, -platform.historyMonths), 1);
  const settled = addDays(today, -restatementDays - 1);
  const before = addDays(wanted.range.from, -1);
  const newest = settled < before ? settled : before;
  const scope = [wanted.clientId, wanted.accountId, kind, oldest, newest] as const;
  return (await unsettledDays.all(ctx.db.pool, ...scope, MOST_SETTLED)).map((row) => row.date);
}

/** Takes the days off `days` as they are stored. */
async function readKind(
  ctx: Context,
  task: TaskWork,
  reading: Reading & { kind: BreakdownKind; days: Day[] },
): Promise<void> {
  const { wanted, account, kind, days, restatementDays } = reading;
  let most = FIRST_WINDOW_DAYS;
  for (let window = newestOf(days, most); window; window = newestOf(days, most)) {
    const { from, to } = window;
    const readAt = ctx.now();
    const parts = await readWindow(reading, { from, to });
    const served = daysOf(window).filter((day) => !parts.unserved.has(day));
    const into = { ...wanted, kind, days: served, runId: task.runId, readAt, restatementDays };
    await task.checkpoint(async (sql) => {
      const records = await replaceWindow(sql, { ...into, timezone: account.timezone }, parts);
      for (const [day, reason] of parts.unserved) await markUnserved(sql, into, { day, reason });
      return { records, message: `${account.externalId} ${kind} ${from}…${to}` };
    });
    days.splice(0, lengthOf(window));
    most = windowDaysAfter(parts.size, lengthOf(window));
  }
}

/** What an earlier read stored of the day stays. */
async function markUnserved(
  sql: Sql,
  {
    clientId,
    accountId,
    kind,
    runId,
  }: { clientId: string; accountId: string; kind: BreakdownKind; runId: string },
  { day, reason }: { day: Day; reason: string },
): Promise<void> {
  await markFailed.run(sql, clientId, accountId, kind, runId, [day], 'FIX', storable(reason));
}

/** The request itself was wrong for the account: another one may be right. */
function isRefusal(error: unknown): boolean {
  return error instanceof ConnectorError && error.failure === 'FIX' && error.concerns === 'ACCOUNT';
}

/** Never hides the failure itself: when even the note cannot be written, only the log hears of it. */
async function noteFailure(
  ctx: Context,
  task: TaskWork,
  { wanted, left, kind, error }: Work & { kind: BreakdownKind; error: unknown },
): Promise<void> {
  const { clientId, accountId } = wanted;
  const { failure, reason } = describe(error);
  const days = left.get(kind) ?? [];
  try {
    await markFailed.run(ctx.db.pool, clientId, accountId, kind, task.runId, days, failure, reason);
  } catch (noted) {
    ctx.log.warn({ err: noted, runId: task.runId, accountId }, 'a failed read could not be noted');
  }
}

/** The same classes as a run's errors; only messages that are meant for people are kept. */
function describe(error: unknown): { failure: string; reason: string } {
  if (error instanceof ConnectorError) return { failure: error.failure, reason: storable(error.message) };
  if (error instanceof AppError) return { failure: 'FIX', reason: error.message };
  return { failure: 'INTERNAL', reason: 'An unexpected error; the log has it.' };
}
