import { z } from 'zod';
import type { Context } from '../../context.ts';
import { printJson, printLine, printTable } from '../print.ts';
import type { RunOutcome } from '../sync/outcome.ts';
import { describeOutcome } from '../sync/outcome.ts';

/** What became of one client on one platform. */
export interface ClosedMonth {
  client: string | null;
  platform: string;
  /** SAVED, UPDATED, SKIPPED, DRY_RUN, FAILED; or the task's status while it is not over. */
  outcome: string;
  reason: string | null;
}

const parameters = z.object({ platform: z.string() });

/** The months of a run, in the order of its tasks. */
export async function readClosed(ctx: Context, runId: string): Promise<ClosedMonth[]> {
  const { prisma } = ctx.db;
  const tasks = await prisma.runTask.findMany({ where: { runId }, orderBy: { position: 'asc' } });
  const ids = tasks.flatMap((task) => task.clientId ?? []);
  const clients = await prisma.client.findMany({ where: { id: { in: ids } } });
  const slugs = new Map(clients.map((client) => [client.id, client.slug]));
  return tasks.map((task) => ({
    client: slugs.get(task.clientId ?? '') ?? null,
    platform: parameters.parse(task.parameters).platform,
    ...split(task.status, task.errorReason),
  }));
}

/** A reason opens with its outcome, `SAVED: …`; that of a failure does not. */
function split(status: string, reason: string | null): Pick<ClosedMonth, 'outcome' | 'reason'> {
  const [all, outcome = status, text = null] = /^([A-Z_]+): (.*)$/s.exec(reason ?? '') ?? [];
  return status === 'FAILED' || all === undefined ? { outcome: status, reason } : { outcome, reason: text };
}

export function printClosed(
  closed: RunOutcome & { month: string; months: ClosedMonth[] },
  isJson: boolean,
  parts: string,
): void {
  const { failures: _named, ...told } = closed;
  if (isJson) return printJson(told);
  if (closed.months.length > 0) {
    printTable(
      ['CLIENT', 'PLATFORM', 'OUTCOME', 'REASON'],
      closed.months.map((row) => [row.client ?? '-', row.platform, row.outcome, row.reason ?? '-']),
    );
  }
  const { reason } = split(closed.status, closed.reason);
  return printLine(describeOutcome({ ...closed, reason }, parts));
}
