import type { AccountAccess, AdPlatform, GoalDefinition } from '../../connectors/ads/contract.ts';
import type { DayRange } from '../../lib/days.ts';
import { refusal } from './check.ts';
import { WindowFacts } from './insights.ts';
import type { StubFinder } from './structure.ts';

/** What to read windows with. */
export interface Reader {
  platform: AdPlatform;
  access: AccountAccess;
  /** In the client's order. */
  goals: readonly GoalDefinition[];
  stubs: StubFinder;
  tally: Tally;
}

/** Reads both levels of a window to the end. Throws what the platform throws; then nothing of the window counts. */
export async function readWindow(reader: Reader, window: DayRange): Promise<WindowFacts> {
  const facts = new WindowFacts(reader.goals);
  for await (const page of reader.platform.readInsights(reader.access, window)) {
    for (const row of page.rows) {
      const reason = refusal(row, window);
      if (reason !== null) {
        reader.tally.refuse(reason);
        continue;
      }
      reader.stubs.see(row);
      facts.add(row);
    }
    for (const { reason } of page.rejected) reader.tally.refuse(reason);
  }
  reader.tally.merged += facts.merged;
  return facts;
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
