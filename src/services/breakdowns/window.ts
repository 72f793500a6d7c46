import type { BreakdownKind, BreakdownRow } from '../../connectors/ads/breakdowns.ts';
import type { AccountAccess, ActionCount, AdPlatform } from '../../connectors/ads/contract.ts';
import type { Day, DayRange } from '../../lib/days.ts';
import { daysOf, intersect } from '../../lib/days.ts';
import { canonical } from '../../lib/money.ts';
import type { Tally } from '../sync/read.ts';
import { refusal } from './check.ts';

/** What to read windows of one kind with. */
export interface BreakdownReader {
  platform: AdPlatform;
  access: AccountAccess;
  kind: BreakdownKind;
  tally: Tally;
}

/**
 * Reads one kind of a window to its end. Throws what the platform throws; then nothing of the window counts. When not
 * one of its rows can be believed the window was not served.
 */
export async function readWindow(reader: BreakdownReader, range: DayRange): Promise<WindowParts> {
  const { platform, access, kind, tally } = reader;
  const parts = new WindowParts(kind);
  let refused = 0;
  const refuse = (reason: string) => {
    refused += 1;
    tally.refuse(reason);
  };
  for await (const page of platform.readBreakdowns(access, { kind, range })) {
    for (const row of page.rows) {
      const reason = refusal(row, kind, range);
      if (reason === null) parts.add(row);
      else refuse(reason);
    }
    for (const { reason } of page.rejected) refuse(reason);
    for (const cut of page.unserved ?? []) parts.leaveOut(intersect(cut.range, range), cut.reason);
  }
  if (parts.size === 0 && refused > 0) parts.leaveOut(range, 'None of the rows can be believed.');
  tally.merged += parts.merged;
  return parts;
}

/**
 * Gathers the rows of one kind and window. A row that comes twice counts once, the last one wins; of an ad's rankings
 * there is one row a day, whatever they are. Kept as the JSON they are stored from: one small copy.
 */
export class WindowParts {
  /** How many rows came again. */
  merged = 0;
  /** Days that the platform would not serve whole, and why: nothing of them counts. */
  readonly unserved = new Map<Day, string>();
  readonly #kind: BreakdownKind;
  readonly #rows = new Map<string, string>();

  constructor(kind: BreakdownKind) {
    this.#kind = kind;
  }

  get size(): number {
    return this.#rows.size;
  }

  add(row: BreakdownRow): void {
    const segments = sorted(row.segments);
    const part = this.#kind === 'RELEVANCE' ? '' : JSON.stringify(segments);
    // The day first: `dayIn` reads it there. No id has a control character.
    const key = [row.date, row.campaignExternalId, row.adExternalId ?? '', part].join('\n');
    if (this.#rows.has(key)) this.merged += 1;
    this.#rows.set(key, JSON.stringify(storedRow(row, segments)));
  }

  leaveOut(range: DayRange | null, reason: string): void {
    for (const day of range ? daysOf(range) : []) this.unserved.set(day, reason);
  }

  /** How many rows each day has. */
  byDay(): Map<Day, number> {
    const days = new Map<Day, number>();
    for (const key of this.#rows.keys()) {
      const day = dayIn(key);
      days.set(day, (days.get(day) ?? 0) + 1);
    }
    return days;
  }

  /** JSON arrays of at most so many rows, as `loadIncoming` takes them. */
  *chunks(most: number): Generator<string> {
    let rows: string[] = [];
    for (const [key, row] of this.#rows) {
      if (this.unserved.has(dayIn(key))) continue;
      rows.push(row);
      if (rows.length < most) continue;
      yield `[${rows.join(',')}]`;
      rows = [];
    }
    if (rows.length > 0) yield `[${rows.join(',')}]`;
  }
}

function dayIn(key: string): Day {
  return key.slice(0, 10);
}

/** Named as the columns are. Numbers stay text, so that none is rounded on the way. */
function storedRow(row: BreakdownRow, segments: Record<string, string>) {
  return {
    date: row.date,
    campaign_external_id: row.campaignExternalId,
    ad_external_id: row.adExternalId,
    segments,
    currency: row.currency,
    spend: row.spend,
    impressions: row.impressions,
    clicks: row.clicks,
    link_clicks: row.linkClicks,
    actions: Object.fromEntries(
      Object.entries(row.actions).map(([type, pair]) => [type, inOneWriting(pair)]),
    ),
  };
}

/** So that `1.50` and `1.5` are no change. */
function inOneWriting({ count, value }: ActionCount): ActionCount {
  return { count: canonical(count), value: canonical(value) };
}

function sorted(segments: BreakdownRow['segments']): Record<string, string> {
  return Object.fromEntries(Object.entries(segments).sort(([a], [b]) => (a < b ? -1 : 1)));
}
