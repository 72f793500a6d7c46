import type { Bookmark } from '../../../src/connectors/ads/contract.ts';
import type { DayRange } from '../../../src/lib/days.ts';

/** One question to the platform. */
export interface Ask {
  what: 'STRUCTURE' | 'INSIGHTS' | 'TOTALS';
  window: DayRange | null;
  /** Which page, from 0. */
  page: number;
}

/** A list in pages of these sizes, and one more for what is left; at least one. */
export function cut<T>(list: readonly T[], sizes: readonly number[]): T[][] {
  const pages: T[][] = [];
  let at = 0;
  for (const size of sizes) {
    pages.push(list.slice(at, at + size));
    at += size;
  }
  if (at < list.length || pages.length === 0) pages.push(list.slice(at));
  return pages;
}

/** The page a bookmark leads to. */
export function pageOf(from: Bookmark | undefined): number {
  return from ? Number(from['page']) : 0;
}

/** The bookmark of the page after this one; null when there is none. */
export function nextOf(page: number, pages: number): Bookmark | null {
  return page + 1 < pages ? { page: page + 1 } : null;
}
