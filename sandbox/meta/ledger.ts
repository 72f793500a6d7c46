import { dayText } from '../world/days.ts';
import type { FactRow } from '../world/facts.ts';
import { minorDigits, sumDecimals } from '../world/money.ts';
import type { Level } from '../world/rollUp.ts';
import type { Account } from '../world/structure.ts';
import type { PartCell } from './breakdowns.ts';
import { isObject, textOf, type Json, type JsonObject } from './json.ts';
import type { InsightsQuery } from './query.ts';
import { rowJson } from './rows.ts';

const MAX_REQUESTS = 20_000;
/** Answers in pages that are still being fetched, or have just been. */
const MAX_CHAINS = 64;

/** One call the sandbox answered, or was told not to. */
export interface LedgerRequest {
  at: string;
  method: string;
  path: string;
  /** Without the token. */
  query: Record<string, string>;
  /** `act_…` the call was about, when it was about one. */
  account: string | null;
  /** HTTP status; 0 when the connection was broken instead. */
  status: number;
  /** Kind of the fault that was applied. */
  fault: string | null;
}

/** A page of insights on its way out. */
export interface ServedPage {
  query: InsightsQuery;
  cells: PartCell[];
  /** Which answer the page belongs to. */
  chain: string;
  last: boolean;
}

/** A row as it was served: rendered again when looked at, unless a fault rewrote it. */
type ServedRow = { query: InsightsQuery; cell: PartCell } | { wire: JsonObject };
type DayRows = Map<string, ServedRow>;

/**
 * What left the sandbox, to compare with. Rows of an answer count once its last page was served; an answer about every
 * object of a level replaces those days, any other is added to them.
 */
export interface Ledger {
  requests(): LedgerRequest[];
  clear(): void;
  /** Rows last served for a level on a day; none when nothing was. */
  rows(what: { externalId: string; level: Level; date: string }): FactRow[];
  /** Sum of the campaign rows last served for a day, as exact decimal text in major units. */
  spend(externalId: string, date: string): string;
}

export interface LedgerBook extends Ledger {
  addRequest(request: LedgerRequest): void;
  /** `data`: the rows as they went out, where a fault changed them. */
  addPage(page: ServedPage, data: Json): void;
}

export function createLedger(accounts: ReadonlyMap<string, Account>): LedgerBook {
  const requests: LedgerRequest[] = [];
  const days = new Map<string, DayRows>();
  const chains = new Map<string, Map<string, DayRows>>();
  const rows: Ledger['rows'] = ({ externalId, level, date }) => {
    const served = days.get(`${externalId}|${level}|${date}`)?.values() ?? [];
    return [...served].map((row) => readRow(wireOf(row), level, externalId));
  };
  return {
    rows,
    requests: () => [...requests],
    clear() {
      requests.length = 0;
      days.clear();
      chains.clear();
    },
    spend(externalId, date) {
      const digits = minorDigits(accounts.get(externalId)?.currency ?? 'USD');
      return sumDecimals(
        rows({ externalId, level: 'campaign', date }).map((row) => row.spend),
        digits,
      );
    },
    addRequest(request) {
      requests.push(request);
      if (requests.length > MAX_REQUESTS) requests.splice(0, MAX_REQUESTS / 10);
    },
    addPage(page, data) {
      if (page.query.breakdowns.length > 0) return;
      const pending = keepChain(chains, page);
      collect(pending, page, data);
      if (page.last) commit(days, pending, page.query.complete);
    },
  };
}

function keepChain(chains: Map<string, Map<string, DayRows>>, page: ServedPage): Map<string, DayRows> {
  const pending = chains.get(page.chain) ?? new Map<string, DayRows>();
  chains.delete(page.chain);
  chains.set(page.chain, pending);
  for (const { from, to } of page.query.complete ? page.query.slices : []) {
    const key = dayKey(page.query, from);
    if (from === to && !pending.has(key)) pending.set(key, new Map());
  }
  for (const oldest of chains.keys()) {
    if (chains.size <= MAX_CHAINS) break;
    chains.delete(oldest);
  }
  return pending;
}

function dayKey({ account, level }: InsightsQuery, day: number): string {
  return `${account.externalId}|${level}|${dayText(day)}`;
}

function collect(pending: Map<string, DayRows>, page: ServedPage, data: Json): void {
  const rewritten = Array.isArray(data) ? data : null;
  page.cells.forEach((cell, place) => {
    if (cell.slice.from !== cell.slice.to) return;
    const key = dayKey(page.query, cell.slice.from);
    const rows = pending.get(key) ?? new Map<string, ServedRow>();
    const wire = rewritten?.[place];
    if (rewritten === null) rows.set(String(cell.index), { query: page.query, cell });
    else if (isObject(wire)) rows.set(String(cell.index), { wire });
    pending.set(key, rows);
  });
}

function commit(days: Map<string, DayRows>, pending: Map<string, DayRows>, whole: boolean): void {
  for (const [key, rows] of pending) {
    const before = days.get(key);
    if (whole || before === undefined) days.set(key, rows);
    else days.set(key, added(before, rows));
  }
}

/** Rows of a part: what was asked of a row replaces what was known of it, the rest stays. */
function added(before: DayRows, rows: DayRows): DayRows {
  const all = new Map(before);
  for (const [place, row] of rows) {
    const known = before.get(place);
    if (known === undefined || !('query' in row)) all.set(place, row);
    else all.set(place, { wire: { ...without(wireOf(known), row.query.fields), ...wireOf(row) } });
  }
  return all;
}

function without(wire: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(wire).filter(([name]) => !fields.includes(name)));
}

function wireOf(row: ServedRow): JsonObject {
  return 'wire' in row ? row.wire : rowJson(row.cell, row.query);
}

/** Reads a row off the wire: what is absent is "0" (reach: null). */
export function readRow(wire: JsonObject, level: Level, externalId: string): FactRow {
  const text = (name: string): string | null => {
    const value = wire[name];
    return typeof value === 'string' ? value : null;
  };
  return {
    level,
    date: text('date_start') ?? '',
    id: level === 'account' ? externalId : (text(`${level}_id`) ?? ''),
    campaignId: text('campaign_id'),
    adSetId: text('adset_id'),
    adId: text('ad_id'),
    spend: text('spend') ?? '0',
    impressions: text('impressions') ?? '0',
    clicks: text('clicks') ?? '0',
    linkClicks: text('inline_link_clicks') ?? '0',
    reach: text('reach'),
    actions: readActions(wire),
  };
}

function readActions(wire: JsonObject): FactRow['actions'] {
  const actions: FactRow['actions'] = {};
  for (const [type, count] of entries(wire['actions'])) actions[type] = { count, value: '0' };
  for (const [type, value] of entries(wire['action_values'])) {
    actions[type] = { count: actions[type]?.count ?? '0', value };
  }
  return actions;
}

function entries(list: Json): [string, string][] {
  if (!Array.isArray(list)) return [];
  return list.filter(isObject).map((entry) => [textOf(entry['action_type']), textOf(entry['value'])]);
}
