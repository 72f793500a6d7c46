import { dayNumber, dayText } from '../world/days.ts';
import { sumDecimals, minorDigits } from '../world/money.ts';
import type { ServedAnswer } from './api.ts';
import { answerPlan } from './gaql/answer.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { readActions, readRow } from './readRow.ts';
import type { GoogleLevel } from './world/collect.ts';
import type { GoogleFactRow } from './world/facts.ts';
import type { Customer } from './world/structure.ts';

const MAX_REQUESTS = 20_000;
/** Answers in pages that are still being fetched, or have just been. */
const MAX_CHAINS = 64;

/** One call the sandbox answered, or was told not to. Calls for tokens are among them, without what was in them. */
export interface GoogleLedgerRequest {
  at: string;
  method: string;
  path: string;
  /** The GAQL; '' when there was none. */
  query: string;
  /** Ten digits the call was about, when it was about a customer. */
  customer: string | null;
  loginCustomerId: string | null;
  /** HTTP status; 0 when the connection was broken instead. */
  status: number;
  /** Kind of the fault that was applied. */
  fault: string | null;
}

/** Rows of a day as they went out: worked out again when looked at, unless a fault changed them. */
type Layer = ServedAnswer | { wire: JsonObject[] };

/** A day as it was last served: rows without and with a segment of a conversion action, older layers first. */
interface ServedDay {
  figures: Layer[];
  actions: Layer[];
}

/** Pages of an answer that is still being fetched. */
interface Pending {
  rows: JsonObject[];
  isChanged: boolean;
}

/**
 * What left the sandbox, to compare with. Only answers by day (`segments.date` selected) are kept. Rows count once the
 * last page of their answer was served; an answer about every object of a level replaces those days, any other is added.
 */
export interface GoogleLedger {
  requests(): GoogleLedgerRequest[];
  clear(): void;
  /**
   * Rows last served for a level on a day; none when nothing was. Metrics that were not selected are "0"; `actions` are
   * from answers with a segment of a conversion action.
   */
  rows(what: { customerId: string; level: GoogleLevel; date: string }): GoogleFactRow[];
  /** Sum of the campaign rows last served for a day, as exact decimal text in major units: `14.30`. */
  spend(customerId: string, date: string): string;
}

export interface GoogleLedgerBook extends GoogleLedger {
  addRequest(request: GoogleLedgerRequest): void;
  /** `rows` as they went out; `isChanged` when a fault made them other than they are. */
  addAnswer(answer: ServedAnswer, page: { rows: Json[]; isChanged: boolean }): void;
}

export function createGoogleLedger(customers: ReadonlyMap<string, Customer>): GoogleLedgerBook {
  const requests: GoogleLedgerRequest[] = [];
  const days = new Map<string, ServedDay>();
  const chains = new Map<string, Pending>();
  const rows: GoogleLedger['rows'] = ({ customerId, level, date }) => {
    const day = days.get(`${customerId}|${level}|${date}`);
    const customer = customers.get(customerId);
    if (day === undefined || customer === undefined) return [];
    const actions = readActions(rowsOn(day.actions, level, date), level, customer);
    return rowsOn(day.figures, level, date).map((wire) => {
      const row = readRow(wire, level, customer);
      return { ...row, actions: actions.get(row.id) ?? {} };
    });
  };
  return {
    rows,
    requests: () => [...requests],
    clear() {
      requests.length = 0;
      days.clear();
      chains.clear();
    },
    spend(customerId, date) {
      const digits = minorDigits(customers.get(customerId)?.currency ?? 'USD');
      const spends = rows({ customerId, level: 'campaign', date }).map(({ spend }) => spend);
      return sumDecimals(spends, digits);
    },
    addRequest(request) {
      requests.push(request);
      if (requests.length > MAX_REQUESTS) requests.splice(0, MAX_REQUESTS / 10);
    },
    addAnswer(answer, page) {
      const isCut = answer.plan.limit !== null;
      const how = { isLast: answer.last, isChanged: page.isChanged || isCut };
      const pending = joined(chains.get(answer.chain), page.rows, how);
      chains.delete(answer.chain);
      if (answer.last) commit(days, answer, pending);
      else chains.set(answer.chain, pending);
      for (const oldest of chains.keys()) {
        if (chains.size <= MAX_CHAINS) break;
        chains.delete(oldest);
      }
    },
  };
}

function joined(
  before: Pending | undefined,
  rows: Json[],
  how: { isLast: boolean; isChanged: boolean },
): Pending {
  const isChanged = how.isChanged || (before?.isChanged ?? false);
  // An answer as it should be can be worked out again.
  if (how.isLast && !isChanged) return { rows: [], isChanged };
  return { rows: [...(before?.rows ?? []), ...rows.filter(isObject)], isChanged };
}

const NAME_AT: Record<GoogleLevel, string> = {
  account: 'customer',
  campaign: 'campaign',
  adgroup: 'adGroup',
  ad: 'adGroupAd',
};

function commit(days: Map<string, ServedDay>, answer: ServedAnswer, { rows, isChanged }: Pending): void {
  const { plan, scene } = answer;
  const { rows: level, range } = plan;
  const byDay = plan.select.some(({ name }) => name === 'segments.date');
  if (!byDay || range === null || level === 'clients' || level === 'actions') return;
  const part = plan.byAction ? 'actions' : 'figures';
  const isWhole = plan.limit === null && plan.objectChecks.length === 0 && plan.figureChecks.length === 0;
  for (let day = range.from; day <= range.to; day++) {
    const date = dayText(day);
    const key = `${scene.customer.id}|${level}|${date}`;
    const found = days.get(key) ?? { figures: [], actions: [] };
    const layer: Layer = isChanged ? { wire: rows.filter((row) => dateOf(row) === date) } : answer;
    found[part] = isWhole ? [layer] : [...found[part], layer];
    days.set(key, found);
  }
}

function dateOf({ segments }: JsonObject): Json {
  return isObject(segments) ? segments['date'] : undefined;
}

/** The newest row of each object and action. */
function rowsOn(layers: readonly Layer[], level: GoogleLevel, date: string): JsonObject[] {
  const rows = new Map<string, JsonObject>();
  for (const row of layers.flatMap((layer) => rowsOfLayer(layer, date))) {
    const { segments } = row;
    const object = row[NAME_AT[level]];
    if (!isObject(segments) || !isObject(object)) continue;
    const { conversionAction, conversionActionName } = segments;
    rows.set(JSON.stringify([object['resourceName'], conversionAction ?? conversionActionName]), row);
  }
  return [...rows.values()];
}

function rowsOfLayer(layer: Layer, date: string): JsonObject[] {
  if ('wire' in layer) return layer.wire;
  const day = dayNumber(date);
  return answerPlan({ ...layer.plan, range: { from: day, to: day } }, layer.scene);
}
