import type { Context } from '../../context.ts';
import type { RunStatus } from '../../db/enums.ts';
import type { ExitCode } from '../exit.ts';
import { EXIT } from '../exit.ts';
import { printJson, printLine, printTable } from '../print.ts';
import { formatCount } from './progress.ts';

/** An account whose part failed, and what to do: REAUTHORIZE, WAIT, RETRY, FIX or INTERNAL. */
export interface AccountFailure {
  client: string | null;
  platform: string | null;
  account: string | null;
  class: string | null;
  reason: string | null;
}

/** Where a run stands, for people and programs. */
export interface RunOutcome {
  runId: string;
  status: RunStatus;
  tasks: { total: number; done: number; failed: number };
  records: number;
  /** Null while it is not over. */
  durationMs: number | null;
  reason: string | null;
  failures: AccountFailure[];
}

/** Reads a run as it is now. */
export async function readOutcome(ctx: Context, runId: string): Promise<RunOutcome> {
  const run = await ctx.db.prisma.run.findUniqueOrThrow({ where: { id: runId } });
  const failures = await readFailures(ctx, runId);
  const { startedAt, finishedAt } = run;
  return {
    runId,
    status: run.status as RunStatus,
    tasks: { total: run.tasksTotal, done: run.tasksDone, failed: failures.length },
    records: Number(run.recordsSynced),
    durationMs: startedAt && finishedAt ? finishedAt.getTime() - startedAt.getTime() : null,
    reason: run.errorReason,
    failures,
  };
}

async function readFailures(ctx: Context, runId: string): Promise<AccountFailure[]> {
  const { prisma } = ctx.db;
  const tasks = await prisma.runTask.findMany({
    where: { runId, status: 'FAILED' },
    orderBy: { position: 'asc' },
  });
  const ids = tasks.flatMap((task) => task.accountId ?? []);
  const accounts = await prisma.adAccount.findMany({ where: { id: { in: ids } }, include: { client: true } });
  const byId = new Map(accounts.map((account) => [account.id, account]));
  return tasks.map((task) => {
    const account = byId.get(task.accountId ?? '');
    return {
      client: account?.client.slug ?? null,
      platform: account?.platform ?? null,
      account: account?.externalId ?? null,
      class: task.errorClass,
      reason: task.errorReason,
    };
  });
}

const CODES: Record<RunStatus, ExitCode> = {
  SUCCEEDED: EXIT.DONE,
  SKIPPED: EXIT.DONE,
  PARTIAL: EXIT.PARTIAL,
  FAILED: EXIT.FAILED,
  CANCELLED: EXIT.FAILED,
  // Left before its end.
  QUEUED: EXIT.FAILED,
  RUNNING: EXIT.FAILED,
};

export function exitCodeOf(status: RunStatus): ExitCode {
  return CODES[status];
}

export function printOutcome(outcome: RunOutcome, isJson: boolean, parts = 'accounts'): void {
  if (isJson) return printJson(outcome);
  const { failures } = outcome;
  if (failures.length > 0) {
    printTable(
      ['CLIENT', 'PLATFORM', 'ACCOUNT', 'CLASS', 'REASON'],
      failures.map((failure) => [
        failure.client ?? '-',
        failure.platform ?? '-',
        failure.account ?? '-',
        failure.class ?? '-',
        failure.reason ?? '-',
      ]),
    );
  }
  return printLine(describeOutcome(outcome, parts));
}

/** `SUCCEEDED: 4 of 4 accounts, 1,234 records in 2.1 s.` */
export function describeOutcome(outcome: RunOutcome, parts = 'accounts'): string {
  const { status, tasks, records, durationMs, reason } = outcome;
  if (status === 'SKIPPED') return `SKIPPED: ${reason ?? 'there was nothing to do.'}`;
  const time = durationMs === null ? '' : ` in ${(durationMs / 1000).toFixed(1)} s`;
  const done = `${formatCount(tasks.done - tasks.failed)} of ${formatCount(tasks.total)} ${parts}`;
  return `${status}: ${done}, ${formatCount(records)} records${time}.`;
}
