import { z } from 'zod';
import type { CallCosts } from '../../connectors/ads/costs.ts';
import type { MonthCell } from '../backfill/cells.ts';
import { basis } from './basis.ts';
import type { Basis } from './basis.ts';
import { estimateCalls } from './estimate.ts';
import type { PlanKind } from './sql.ts';

const planMonth = z.object({
  clientId: z.string(),
  platform: z.string(),
  /** `2026-09` */
  month: z.string(),
  accounts: z.number(),
  slices: z.number(),
  present: z.number(),
  final: z.number(),
  toFetch: z.number(),
  calls: z.number(),
});
/** One client × platform × month. */
export type PlanMonth = z.output<typeof planMonth>;

const unusable = z.object({
  accountId: z.string(),
  clientId: z.string(),
  platform: z.string(),
  externalId: z.string(),
  /** What to do about it, for people. */
  reason: z.string(),
  /** ISO; null unless only patience is needed. */
  pausedUntil: z.string().nullable(),
});
/** An account that cannot be read as things are. */
export type UnusableAccount = z.output<typeof unusable>;

const quota = z.object({ platform: z.string(), unit: z.enum(['CALLS', 'OPERATIONS']), amount: z.number() });
export type PlanQuota = z.output<typeof quota>;

export const summary = z.object({
  clients: z.number(),
  accounts: z.number(),
  slices: z.number(),
  slicesPresent: z.number(),
  slicesToFetch: z.number(),
  estimatedCalls: z.number(),
  quota: z.array(quota),
  /** Newest first. */
  months: z.array(planMonth),
  unusable: z.array(unusable),
  basis,
});
export type PlanSummary = z.output<typeof summary>;

export interface Facts {
  kind: PlanKind;
  /** Newest month first. */
  cells: readonly MonthCell[];
  unusable: readonly UnusableAccount[];
  basis: Basis;
  /** By account; null = nothing is known yet. */
  rowsPerDay: ReadonlyMap<string, number | null>;
  costsOf: (platform: string) => CallCosts;
}

/** What a plan says. Accounts that cannot be read at all are in its slices, but cost no call. */
export function summarise(facts: Facts): PlanSummary {
  const { cells, basis: of } = facts;
  const counted = countCalls(facts);
  const sum = (of: (cell: MonthCell) => number) => cells.reduce((total, cell) => total + of(cell), 0);
  return {
    clients: new Set(cells.map((cell) => cell.account.clientId)).size,
    accounts: new Set(cells.map((cell) => cell.account.id)).size,
    slices: sum((cell) => cell.days),
    slicesPresent: sum((cell) => cell.present),
    slicesToFetch: sum((cell) => cell.toFetch),
    estimatedCalls: sum((cell) => counted.get(cell) ?? 0),
    quota: quotaOf(facts, counted),
    months: monthsOfCells(cells, counted),
    unusable: [...facts.unusable],
    basis: of,
  };
}

type Calls = ReadonlyMap<MonthCell, number>;

function countCalls({ kind, cells, unusable: dead, rowsPerDay, costsOf }: Facts): Calls {
  const closed = new Set(dead.filter((one) => one.pausedUntil === null).map((one) => one.accountId));
  const begun = new Set<string>();
  return new Map(
    cells.map((cell) => {
      const { id, platform } = cell.account;
      if (closed.has(id)) return [cell, 0];
      // A sync is one task an account, its newest month comes first here; a backfill is one for each month.
      const isTask = kind === 'BACKFILL' || !begun.has(id);
      begun.add(id);
      const reading = { days: cell.toFetch, rowsPerDay: rowsPerDay.get(id) ?? null, isTask };
      return [cell, estimateCalls(reading, costsOf(platform))];
    }),
  );
}

function quotaOf({ cells, costsOf }: Facts, counted: Calls): PlanQuota[] {
  const platforms = [...new Set(cells.map((cell) => cell.account.platform))].sort();
  return platforms.map((platform) => {
    const own = cells.filter((cell) => cell.account.platform === platform);
    const amount = own.reduce((total, cell) => total + (counted.get(cell) ?? 0), 0);
    return { platform, unit: costsOf(platform).unit, amount };
  });
}

function monthsOfCells(cells: readonly MonthCell[], counted: Calls): PlanMonth[] {
  const months = new Map<string, PlanMonth>();
  for (const cell of cells) {
    const { clientId, platform } = cell.account;
    const key = `${cell.month} ${clientId} ${platform}`;
    const none = { accounts: 0, slices: 0, present: 0, final: 0, toFetch: 0, calls: 0 };
    const before = months.get(key) ?? { clientId, platform, month: cell.month, ...none };
    months.set(key, {
      ...before,
      accounts: before.accounts + 1,
      slices: before.slices + cell.days,
      present: before.present + cell.present,
      final: before.final + cell.final,
      toFetch: before.toFetch + cell.toFetch,
      calls: before.calls + (counted.get(cell) ?? 0),
    });
  }
  return [...months.values()];
}
