import type { DayNumber, LocalMoment } from './days.ts';
import { addMetrics, NOTHING, type Metrics } from './metrics.ts';
import type { Account, Ad } from './structure.ts';

export const LEVELS = ['account', 'campaign', 'adset', 'ad'] as const;
export type Level = (typeof LEVELS)[number];

/** A stretch of days that makes one row per object; both ends inclusive. */
export interface Slice {
  from: DayNumber;
  to: DayNumber;
}

/** The figures of one object over one slice. */
export interface Cell {
  slice: Slice;
  /** Place in the account's list of the level; 0 for the account itself. */
  index: number;
  metrics: Metrics;
}

export interface RollUp {
  level: Level;
  slices: Slice[];
  /** The ads that count. */
  ads: Ad[];
}

/** People seen through several ads are one person: reach of the levels above is less than the sum. */
const OVERLAP: Record<Level, number> = { ad: 1, adset: 0.93, campaign: 0.86, account: 0.74 };

/** Every cell with delivery, by slice and then by object. All levels are sums of the same ad-days, so they agree. */
export function rollUp(account: Account, what: RollUp, seen: LocalMoment): Cell[] {
  const cells: Cell[] = [];
  for (const slice of what.slices) {
    const sums = new Map<number, Metrics>();
    const last = Math.min(slice.to, seen.today);
    for (const ad of what.ads) {
      const index = placeOf(ad, what.level);
      for (let day = slice.from; day <= last; day++) {
        const delivered = account.deliver(ad, day, seen);
        if (delivered === null) continue;
        const sum = sums.get(index);
        if (sum === undefined) sums.set(index, { ...delivered });
        else addMetrics(sum, delivered);
      }
    }
    const order = [...sums.keys()].sort((a, b) => a - b);
    for (const index of order)
      cells.push({ slice, index, metrics: reached(sums.get(index) ?? NOTHING, what.level) });
  }
  return cells;
}

function placeOf(ad: Ad, level: Level): number {
  if (level === 'ad') return ad.index;
  if (level === 'adset') return ad.adSet.index;
  return level === 'campaign' ? ad.adSet.campaign.index : 0;
}

function reached(metrics: Metrics, level: Level): Metrics {
  if (level === 'ad' || metrics.reach === 0) return metrics;
  return { ...metrics, reach: Math.max(1, Math.floor(metrics.reach * OVERLAP[level])) };
}
