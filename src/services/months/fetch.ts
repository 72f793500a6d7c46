import { ConnectorError } from '../../connectors/errors.ts';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { sha256 } from '../../lib/crypto.ts';
import type { Day, DayRange } from '../../lib/days.ts';
import { accountAccess } from '../accounts/access.ts';
import type { ReachableAccount } from '../accounts/access.ts';
import { spansOf } from '../backfill/perform.ts';
import { refreshBreakdowns } from '../breakdowns/refresh.ts';
import { refreshReach } from '../reach/refresh.ts';
import type { TaskWork } from '../runs/task.ts';
import { syncAccount } from '../sync/account.ts';
import { Tally } from '../sync/read.ts';
import { maturity, rangeOf } from './calendar.ts';
import type { MonthAccountRow } from './facts/sql.ts';
import { breakdownDaysToRead, daysToRead, dropMarks, reachTold } from './facts/sql.ts';
import type { MonthTask } from './task.ts';

export type MonthPiece = 'figures' | 'breakdowns' | 'reach';

/** A part of an account's month that the platform did not give. */
export interface PieceFailure {
  externalId: string;
  piece: MonthPiece;
  error: ConnectorError | AppError;
}

/** Days read so lately are good enough for a settle: the hourly sync reads most of them anyway. */
const RECENTLY_MS = 20 * 3_600_000;

interface Work {
  wanted: MonthTask;
  account: MonthAccountRow;
  range: DayRange;
  /** The task in the hands of this account. */
  task: TaskWork;
}

/**
 * Reads what of the accounts' month is missing or can still change: figures, then breakdowns and reach, each through
 * its own service. Called again after a kill it goes on with what this run has not read yet. A piece that the platform
 * does not give stops no other; without its figures an account is asked for nothing more. Throws what is no answer of a
 * platform.
 */
export async function fetchMonth(
  ctx: Context,
  task: TaskWork,
  { wanted, accounts }: { wanted: MonthTask; accounts: readonly MonthAccountRow[] },
): Promise<PieceFailure[]> {
  const range = rangeOf(wanted.month);
  const failures: PieceFailure[] = [];
  for (const account of accounts) {
    const own = ofAccount(task, { account, isAlone: accounts.length === 1 });
    const work: Work = { wanted, account, range, task: own };
    try {
      for (const [piece, read] of PIECES) {
        const error = await attempt(task, () => read(ctx, work));
        if (!error) continue;
        failures.push({ externalId: account.external_id, piece, error });
        if (piece === 'figures') break;
      }
    } finally {
      if (own.taskId !== task.taskId) await dropMarks.run(ctx.db.pool, wanted.clientId, own.taskId);
    }
  }
  return failures;
}

const PIECES: readonly [MonthPiece, (ctx: Context, work: Work) => Promise<void>][] = [
  ['figures', readFigures],
  ['breakdowns', readBreakdowns],
  ['reach', readReach],
];

async function attempt(task: TaskWork, read: () => Promise<void>): Promise<ConnectorError | AppError | null> {
  try {
    await read();
    return null;
  } catch (error) {
    // A stop is no failure of the platform, and a mistake of this program is none either.
    if (task.signal.aborted) throw error;
    if (error instanceof ConnectorError || error instanceof AppError) return error;
    throw error;
  }
}

/**
 * Kept pages are of a task, not of an account: where a task has several accounts each has a task id of its own for its
 * marks, so that none takes another one's for its own, and no page is kept, because that id is no task of a run. A kill
 * then costs the window that was being read.
 */
function ofAccount(
  task: TaskWork,
  { account, isAlone }: { account: MonthAccountRow; isAlone: boolean },
): TaskWork {
  if (isAlone) return { ...task, accountId: account.id };
  return {
    ...task,
    accountId: account.id,
    taskId: idOf(task.taskId, account.id),
    keep: async (_page, write) => {
      if (!write) return task.signal.throwIfAborted();
      await task.checkpoint(async (sql) => {
        await write(sql);
        return { records: 0 };
      });
    },
  };
}

function idOf(taskId: string, accountId: string): string {
  return sha256(`${taskId} ${accountId}`).toString('hex').slice(0, 32);
}

async function readFigures(ctx: Context, { wanted, account, range, task }: Work): Promise<void> {
  const { clientId, mode, force } = wanted;
  const recently = mode === 'SETTLE' ? new Date(ctx.now().getTime() - RECENTLY_MS) : null;
  const scope = [clientId, account.id, range.from, range.to, task.runId, force, recently] as const;
  for (const span of spans(await daysToRead.all(ctx.db.pool, ...scope))) {
    await syncAccount(ctx, { ...task, parameters: { range: span } });
  }
}

async function readBreakdowns(ctx: Context, { wanted, account, range, task }: Work): Promise<void> {
  const { clientId, platform: key, mode, force } = wanted;
  const kinds = ctx.platforms.get(key)?.breakdowns ?? [];
  if (kinds.length === 0) return;
  // While they can change a settle leaves those alone that are there; when they no longer can, all are read once more.
  const lenient = mode === 'SETTLE' && !(await isMature(ctx, { wanted, account }));
  const scope = [clientId, account.id, range.from, range.to, task.runId, force, lenient, kinds] as const;
  for (const span of spans(await breakdownDaysToRead.all(ctx.db.pool, ...scope))) {
    const parameters = { platform: key, range: span, settle: false, reach: [] };
    await refreshBreakdowns(ctx, { ...task, parameters });
  }
}

async function readReach(ctx: Context, { wanted, account, range, task }: Work): Promise<void> {
  const { clientId, mode, force } = wanted;
  const at = (await reachTold.maybe(ctx.db.pool, clientId, account.id, range.from, range.to))?.at ?? null;
  if (mode === 'SETTLE' && !force && at !== null) return;
  const reached = await accountAccess(ctx, { clientId, accountId: account.id });
  await refreshReach(ctx, task, {
    ...{ clientId, accountId: account.id, account: reached.account, platform: reached.platform },
    access: { ...reached.access, signal: task.signal },
    windows: [{ ...range, rolling: false }],
    tally: new Tally(),
  });
}

async function isMature(
  ctx: Context,
  { wanted, account }: { wanted: MonthTask; account: MonthAccountRow },
): Promise<boolean> {
  const reached: ReachableAccount = await accountAccess(ctx, {
    clientId: wanted.clientId,
    accountId: account.id,
  });
  const restatementDays = await reached.platform.restatementDays(reached.access);
  return maturity(wanted.month, { timezone: account.timezone, restatementDays }, ctx.now()).isMature;
}

function spans(rows: readonly { date: Day }[]): DayRange[] {
  return spansOf(rows.map((row) => row.date));
}
