import { localMoment } from '../world/days.ts';
import { rollUp, type Cell } from '../world/rollUp.ts';
import { breakDown, type PartCell } from './breakdowns.ts';
import { holds } from './filtering.ts';
import { chainOf, listJson, pageOf, placeOf } from './paging.ts';
import { figureText, readQuery, sortValue, type InsightsQuery, type Scope } from './query.ts';
import type { GraphReply, GraphRequest } from './request.ts';
import { rowJson } from './rows.ts';

/** The platform's figures move every 15 minutes; within one such step an answer can be paged through. */
const STEP_MS = 15 * 60_000;
const KEPT_ANSWERS = 8;

interface Answer {
  query: InsightsQuery;
  cells: PartCell[];
}

export interface Insights {
  /** One page of insights. `asked` is the request whose parameters say what is wanted. */
  page(request: GraphRequest, scope: Scope): GraphReply;
}

/** Keeps the latest answers whole, so that page N costs only its own rows. */
export function createInsights(): Insights {
  const answers = new Map<string, Answer>();
  const used = new Map<string, number>();
  return {
    page(request, scope) {
      const at = placeOf(request, 'after')?.at ?? placeOf(request, 'before')?.at ?? stepOf(request.at);
      const chain = `${scope.account.externalId}|${chainOf(request)}|${at}`;
      const answer = answers.get(chain) ?? compute(request.params, scope, new Date(at));
      answers.delete(chain);
      answers.set(chain, answer);
      for (const oldest of answers.keys()) {
        if (answers.size <= KEPT_ANSWERS) break;
        answers.delete(oldest);
      }
      const id = scope.account.externalId.slice(4);
      const calls = (used.get(id) ?? 0) + 1;
      used.set(id, calls);
      return pageReply(request, answer, { at, chain, headers: usageHeaders(id, calls) });
    },
  };
}

function stepOf(at: Date): number {
  return Math.floor(at.getTime() / STEP_MS) * STEP_MS;
}

function compute(params: URLSearchParams, scope: Scope, at: Date): Answer {
  const seen = localMoment(at, scope.account.timezone);
  const query = readQuery(params, scope, seen);
  const rolled = rollUp(scope.account, query, seen);
  const kept = rolled.filter((cell) =>
    query.figures.every((filter) => holds(filter, figureText(cell, filter.field))),
  );
  const cells = sorted(kept, query.sort);
  const parts =
    query.breakdowns.length === 0 ? cells : cells.flatMap((cell) => breakDown(cell, query.breakdowns));
  return { query, cells: parts };
}

function sorted(cells: Cell[], sort: InsightsQuery['sort']): Cell[] {
  if (sort === null) return cells;
  const sign = sort.ascending ? 1 : -1;
  return cells.sort((a, b) => sign * (sortValue(a, sort.field) - sortValue(b, sort.field)));
}

function pageReply(
  request: GraphRequest,
  { query, cells }: Answer,
  { at, chain, headers }: { at: number; chain: string; headers: Record<string, string> },
): GraphReply {
  const page = pageOf(request, cells.length, at);
  const served = page.empty ? [] : cells.slice(page.offset, page.end);
  const rows = served.map((cell) => rowJson(cell, query));
  const last = page.end >= page.total && request.pageFault === undefined;
  return { status: 200, headers, json: listJson(rows, page), served: { query, cells: served, chain, last } };
}

/** Usage in percent of the account's quota; it rises slowly enough never to stop an honest caller. */
function usageHeaders(id: string, calls: number): Record<string, string> {
  const percent = Math.min(60, 1 + Math.floor(calls / 1900));
  const tier = 'standard_access';
  const use = { type: 'ads_insights', call_count: percent, total_cputime: percent, total_time: percent };
  const buc = { [id]: [{ ...use, estimated_time_to_regain_access: 0, ads_api_access_tier: tier }] };
  const app = { call_count: percent, total_time: percent, total_cputime: percent };
  return {
    'x-business-use-case-usage': JSON.stringify(buc),
    'x-fb-ads-insights-throttle': JSON.stringify({
      app_id_util_pct: percent,
      acc_id_util_pct: percent,
      ads_api_access_tier: tier,
    }),
    'x-ad-account-usage': JSON.stringify({
      acc_id_util_pct: percent,
      reset_time_duration: 100,
      ads_api_access_tier: tier,
    }),
    'x-app-usage': JSON.stringify(app),
  };
}
