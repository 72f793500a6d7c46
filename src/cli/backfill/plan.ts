import type { Context } from '../../context.ts';
import type { PlanMonth, PlanSummary } from '../../services/plans/summary.ts';
import { printJson, printLine, printTable } from '../print.ts';
import { formatCount } from '../sync/progress.ts';

interface PlanLine {
  client: string;
  platform: string;
  /** Newest first. */
  months: string[];
  slices: number;
  toRead: number;
  calls: number;
}

/** What a backfill would read, as JSON on one line or as a table. */
export async function printBackfillPlan(ctx: Context, plan: PlanSummary, isJson: boolean): Promise<void> {
  const lines = await linesOf(ctx, plan);
  if (isJson) return printJson(asJson(plan, lines));
  if (lines.length === 0) return printLine('Nothing to read: no active client has an ad account.');
  printTable(
    ['CLIENT', 'PLATFORM', 'MONTHS', 'SLICES', 'TO READ', 'CALLS'],
    lines.map(({ client, platform, months, slices, toRead, calls }) => [
      ...[client, platform, describeMonths(months)],
      ...[slices, toRead, calls].map(formatCount),
    ]),
  );
  for (const { externalId, reason, pausedUntil } of plan.unusable) {
    printLine(`${externalId} cannot be read${pausedUntil ? ` before ${pausedUntil}` : ''}: ${reason}`);
  }
  return printLine(totalOf(plan));
}

function totalOf({ slices, slicesPresent, slicesToFetch, quota }: PlanSummary): string {
  const calls = quota.map(({ platform, unit, amount }) => {
    return `about ${formatCount(amount)} ${unit.toLowerCase()} of ${platform}`;
  });
  const stored = `${formatCount(slicesPresent)} of ${formatCount(slices)} account-days are stored`;
  return `${stored}, ${formatCount(slicesToFetch)} to read${calls.length > 0 ? `: ${calls.join(', ')}` : ''}.`;
}

function asJson(plan: PlanSummary, lines: readonly PlanLine[]) {
  return { dryRun: true, ...plan, basis: undefined, months: undefined, plan: lines };
}

/** A line a client and platform. */
async function linesOf(ctx: Context, { months }: PlanSummary): Promise<PlanLine[]> {
  const clients = await ctx.db.prisma.client.findMany({
    where: { id: { in: [...new Set(months.map(({ clientId }) => clientId))] } },
  });
  const slugs = new Map(clients.map((client) => [client.id, client.slug]));
  const lines = new Map<string, PlanLine>();
  for (const cell of months) {
    const key = `${cell.clientId} ${cell.platform}`;
    lines.set(key, withCell(lines.get(key), cell, slugs.get(cell.clientId) ?? cell.clientId));
  }
  return [...lines.values()].sort((a, b) => order(a.client, b.client) || order(a.platform, b.platform));
}

function withCell(line: PlanLine | undefined, cell: PlanMonth, client: string): PlanLine {
  const { platform, month, slices, toFetch, calls } = cell;
  return {
    ...{ client, platform },
    months: [...(line?.months ?? []), month],
    slices: (line?.slices ?? 0) + slices,
    toRead: (line?.toRead ?? 0) + toFetch,
    calls: (line?.calls ?? 0) + calls,
  };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `2026-11 back to 2024-12 (24)` */
function describeMonths(months: readonly string[]): string {
  const [newest, oldest] = [months[0] ?? '-', months.at(-1) ?? '-'];
  return newest === oldest ? newest : `${newest} back to ${oldest} (${String(months.length)})`;
}
