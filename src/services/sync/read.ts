import { setImmediate } from 'node:timers/promises';
import type {
  AccountAccess,
  AccountDay,
  AdPlatform,
  GoalDefinition,
  Structure,
  UnservedCell,
} from '../../connectors/ads/contract.ts';
import { ConnectorError } from '../../connectors/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { DayRange } from '../../lib/days.ts';
import { refusal, totalRefusal } from './check.ts';
import { WindowFacts } from './insights.ts';
import type { PageContent } from './pages/content.ts';
import type { KeptWindow, TaskPages } from './pages/keep.ts';
import type { Reading } from './store.ts';
import type { StubFinder } from './structure.ts';
import { totalsWarning } from './warn.ts';

/** What to read windows with. */
export interface Reader {
  platform: AdPlatform;
  access: AccountAccess;
  /** In the client's order. */
  goals: readonly GoalDefinition[];
  stubs: StubFinder;
  tally: Tally;
  pages: TaskPages;
  now: Clock;
  /** A line in the run's log. */
  warn: (message: string) => Promise<void>;
}

/** A window as the platform reported it, not stored yet. */
export interface ReadWindow extends Reading {
  window: DayRange;
  /** What its rows name and the structure does not list. */
  stubs: Structure;
  /** When its first page was asked for. */
  readAt: Date;
}

/**
 * Reads both levels of a window to the end, from where an earlier try got: pages that were kept are not asked for
 * again. Every page is kept before the next one is asked for. Throws what the platform throws; what was kept stays.
 */
export async function readWindow(
  reader: Reader,
  window: DayRange,
  kept: KeptWindow | null,
): Promise<ReadWindow> {
  const { platform, access, pages } = reader;
  const taking = new Taking(reader, window);
  for (const place of kept?.pages ?? []) taking.take(await pages.page(place));
  const begun = { window, readAt: kept?.readAt ?? reader.now() };
  if (!kept || kept.next !== null) {
    for await (const page of platform.readInsights(access, window, kept?.next ?? undefined)) {
      // Taken while the database writes: a page that cannot be kept ends the reading, and with it what was taken.
      await Promise.all([pages.keepPage(begun, page), setImmediate().then(() => taking.take(page))]);
    }
  }
  const totals = await totalsOf(reader, begun, kept?.totals ?? null);
  const { facts, unserved } = taking;
  reader.tally.merged += facts.merged;
  return { ...begun, facts, unserved, totals, stubs: reader.stubs.take() };
}

/** Takes pages in: into facts, into stubs, and into the tally what cannot be stored. */
class Taking {
  readonly facts: WindowFacts;
  readonly unserved: UnservedCell[] = [];
  readonly #reader: Reader;
  readonly #window: DayRange;

  constructor(reader: Reader, window: DayRange) {
    this.facts = new WindowFacts(reader.goals);
    this.#reader = reader;
    this.#window = window;
  }

  take(page: PageContent): void {
    const { tally, stubs } = this.#reader;
    for (const row of page.rows) {
      const reason = refusal(row, this.#window);
      if (reason !== null) {
        tally.refuse(reason);
        continue;
      }
      stubs.see(row);
      this.facts.add(row);
    }
    for (const { reason } of page.rejected) tally.refuse(reason);
    this.unserved.push(...(page.unserved ?? []));
  }
}

/** The account's own totals of a window, asked for once. Null = the platform could not tell. */
async function totalsOf(
  reader: Reader,
  begun: Pick<KeptWindow, 'window' | 'readAt'>,
  place: number | null,
): Promise<AccountDay[] | null> {
  if (place !== null) return reader.pages.totals(place);
  const totals = await askForTotals(reader, begun.window);
  await reader.pages.keepTotals(begun, totals);
  return totals;
}

/** A window is good without them, so only a pause or a dead token, which everything else would meet too, goes on. */
async function askForTotals(reader: Reader, window: DayRange): Promise<AccountDay[] | null> {
  const { platform, access, tally } = reader;
  try {
    const totals = await platform.readAccountDays(access, window);
    return totals.filter((total) => {
      const reason = totalRefusal(total, window);
      if (reason !== null) tally.refuse(reason);
      return reason === null;
    });
  } catch (error) {
    access.signal?.throwIfAborted();
    if (!(error instanceof ConnectorError) || error.failure === 'WAIT' || error.failure === 'REAUTHORIZE')
      throw error;
    await reader.warn(totalsWarning(window, error.message));
    return null;
  }
}

const REASONS_SHOWN = 5;

/** Counts, over a task, the rows that were not stored as they came. */
export class Tally {
  merged = 0;
  readonly #refused = new Map<string, number>();

  refuse(reason: string): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
  }

  /** One line for people, or null when there is nothing to tell. */
  summary(): string | null {
    const parts: string[] = [];
    const refused = [...this.#refused].sort(([, a], [, b]) => b - a);
    if (refused.length > 0) {
      const total = refused.reduce((sum, [, count]) => sum + count, 0);
      const shown = refused.slice(0, REASONS_SHOWN).map(([reason, count]) => `${String(count)} × ${reason}`);
      if (refused.length > REASONS_SHOWN) shown.push('…');
      parts.push(`${String(total)} rows kept out: ${shown.join(', ')}`);
    }
    if (this.merged > 0) parts.push(`${String(this.merged)} rows came again and were merged`);
    return parts.length > 0 ? parts.join('; ') : null;
  }
}
