import { NOTHING, type Metrics } from '../world/metrics.ts';
import type { Cell } from '../world/rollUp.ts';

/** A way to cut a row into several; breakdowns of different groups cannot be combined. */
export interface Breakdown {
  name: string;
  group: 'people' | 'place' | 'geography';
  /** Shares in percent, together 100. */
  parts: readonly (readonly [string, number])[];
}

/** A cell of a broken-down answer: its keys stand in the row beside the figures. */
export interface PartCell extends Cell {
  keys?: Record<string, string>;
}

export const BREAKDOWNS: Record<string, Breakdown> = {
  age: {
    name: 'age',
    group: 'people',
    parts: [
      ['18-24', 14],
      ['25-34', 33],
      ['35-44', 27],
      ['45-54', 15],
      ['55-64', 7],
      ['65+', 4],
    ],
  },
  gender: {
    name: 'gender',
    group: 'people',
    parts: [
      ['female', 55],
      ['male', 43],
      ['unknown', 2],
    ],
  },
  publisher_platform: {
    name: 'publisher_platform',
    group: 'place',
    parts: [
      ['instagram', 52],
      ['facebook', 41],
      ['audience_network', 5],
      ['messenger', 2],
    ],
  },
  platform_position: {
    name: 'platform_position',
    group: 'place',
    parts: [
      ['feed', 70],
      ['search', 30],
    ],
  },
  impression_device: {
    name: 'impression_device',
    group: 'place',
    parts: [
      ['iphone', 48],
      ['android_smartphone', 42],
      ['desktop', 10],
    ],
  },
  country: {
    name: 'country',
    group: 'geography',
    parts: [
      ['US', 60],
      ['PL', 25],
      ['KZ', 15],
    ],
  },
};

/** Cuts a cell along the breakdowns: whole numbers that add up to it exactly; parts without delivery are left out. */
export function breakDown(cell: Cell, breakdowns: Breakdown[]): PartCell[] {
  return breakdowns.reduce<PartCell[]>(
    (cells, breakdown) => cells.flatMap((part) => cut(part, breakdown)),
    [cell],
  );
}

function cut(cell: PartCell, breakdown: Breakdown): PartCell[] {
  const left = { ...cell.metrics };
  const cells = breakdown.parts.map(([value, percent], place) => {
    const last = place === breakdown.parts.length - 1;
    const metrics = last ? left : take(left, cell.metrics, percent / 100);
    return { ...cell, metrics, keys: { ...cell.keys, [breakdown.name]: value } };
  });
  return cells.filter(({ metrics }) => metrics.impressions > 0);
}

function take(left: Metrics, whole: Metrics, share: number): Metrics {
  const part: Metrics = { ...NOTHING };
  for (const key of Object.keys(part) as (keyof Metrics)[]) {
    part[key] = Math.floor(whole[key] * share);
    left[key] -= part[key];
  }
  return part;
}
