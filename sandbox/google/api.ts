import { randomBytes } from 'node:crypto';
import { localMoment } from '../world/days.ts';
import { requireCustomer, requireIdentity, type Credentials } from './access.ts';
import { errorJson, GoogleAdsError, NOT_FOUND_HTML, requestError } from './errors.ts';
import { answerPlan, type Scene } from './gaql/answer.ts';
import { pathOf } from './gaql/fields.ts';
import { planOf, type Plan } from './gaql/plan.ts';
import { readQuery } from './gaql/read.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { OAuthDesk } from './oauth.ts';
import { PAGE_ROWS, readPageToken, writePageToken } from './pages.ts';
import type { Customer } from './world/structure.ts';
import type { GoogleWorld } from './world/world.ts';

const OLDEST_VERSION = 21;
const NEWEST_VERSION = 25;

export interface GoogleRequest extends Credentials {
  method: string;
  path: string;
  body: string;
  at: Date;
}

/** What was answered, for the ledger. */
export interface ServedAnswer {
  scene: Scene;
  plan: Plan;
  chain: string;
  last: boolean;
}

export interface GoogleReply {
  status: number;
  requestId: string;
  /** A JSON value, or a page for people. */
  body: { json: Json } | { html: string };
  served?: ServedAnswer;
}

/** What a path is about. */
export interface GooglePath {
  version: number;
  /** As written in the path; null for calls about no customer. */
  customerId: string | null;
  call: 'searchStream' | 'search' | 'listAccessibleCustomers';
}

const CALL =
  /^\/v(\d+)\/customers(?:\/([^/:]+)\/googleAds:(searchStream|search)|:(listAccessibleCustomers))$/;

/** Null = nothing is there. */
export function readPath(path: string): GooglePath | null {
  const [, version, customerId, search, list] = CALL.exec(path) ?? [];
  const call = search ?? list;
  if (call === undefined) return null;
  return { version: Number(version), customerId: customerId ?? null, call: call as GooglePath['call'] };
}

interface Desk {
  world: GoogleWorld;
  oauth: OAuthDesk;
  recent: Recent;
}

/** The reading part of the Google Ads API over a world; never throws for what a caller sent. */
export function createGoogleApi(
  world: GoogleWorld,
  oauth: OAuthDesk,
): (request: GoogleRequest) => GoogleReply {
  const desk: Desk = { world, oauth, recent: recentAnswers() };
  return (request) => {
    const path = readPath(request.path);
    const requestId = randomBytes(16).toString('base64url');
    if (path === null || path.version < OLDEST_VERSION || path.version > NEWEST_VERSION)
      return { status: 404, requestId, body: { html: NOT_FOUND_HTML } };
    try {
      return answer(desk, request, { ...path, requestId });
    } catch (error) {
      if (!(error instanceof GoogleAdsError)) throw error;
      const json = errorJson(error, `v${path.version}`, requestId);
      // A stream is a list, of failures too.
      return {
        status: error.status,
        requestId,
        body: { json: path.call === 'searchStream' ? [json] : json },
      };
    }
  };
}

interface Call extends GooglePath {
  requestId: string;
}

function answer(desk: Desk, request: GoogleRequest, call: Call): GoogleReply {
  const { world, oauth } = desk;
  const wanted = call.call === 'listAccessibleCustomers' ? 'GET' : 'POST';
  if (request.method !== wanted)
    return { status: 404, requestId: call.requestId, body: { html: NOT_FOUND_HTML } };
  requireIdentity(oauth, request, request.at);
  if (call.call === 'listAccessibleCustomers') {
    const direct = [...world.customers.values()].filter(({ managerId }) => managerId === null);
    const json = { resourceNames: direct.map(({ id }) => `customers/${id}`) };
    return { status: 200, requestId: call.requestId, body: { json } };
  }
  const body = readBody(request.body, call.call);
  const customer = requireCustomer(world, call.customerId ?? '', request);
  const found = { customer, query: typeof body['query'] === 'string' ? body['query'] : '' };
  return call.call === 'search'
    ? answerPage(desk, request, { ...call, ...found, body })
    : answerStream(desk, request, { ...call, ...found });
}

const MEMBERS = {
  search: ['query', 'pageToken', 'pageSize', 'searchSettings'],
  searchStream: ['query', 'summaryRowSetting'],
};

function readBody(text: string, call: 'search' | 'searchStream'): JsonObject {
  const body = parsed(text);
  if (!isObject(body)) throw new GoogleAdsError('Invalid JSON payload received. Unexpected token.', {});
  for (const name of Object.keys(body)) {
    if (MEMBERS[call].includes(name)) continue;
    throw new GoogleAdsError(`Invalid JSON payload received. Unknown name "${name}": Cannot find field.`, {});
  }
  if ('pageSize' in body) {
    const message = `Setting the page size is not supported. Search Responses will have fixed page size of '${PAGE_ROWS}' rows.`;
    throw requestError('PAGE_SIZE_NOT_SUPPORTED', message);
  }
  return body;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Asked extends Call {
  customer: Customer;
  query: string;
}

interface Answered {
  scene: Scene;
  plan: Plan;
  rows: JsonObject[];
}

function ask({ world }: Desk, { customer, query, version }: Asked, at: Date): Answered {
  const seen = localMoment(at, customer.timezone);
  const asker = { version, isManager: customer.manager, today: seen.today };
  const plan = planOf(readQuery(query), asker);
  const scene = { world, customer, seen };
  return { scene, plan, rows: answerPlan(plan, scene) };
}

function answerStream(desk: Desk, request: GoogleRequest, asked: Asked): GoogleReply {
  const { scene, plan, rows } = ask(desk, asked, request.at);
  const { requestId } = asked;
  const about = { fieldMask: fieldMask(plan), requestId, queryResourceConsumption: consumption(rows) };
  const chunks: JsonObject[] = [];
  for (let from = 0; from < rows.length; from += PAGE_ROWS)
    chunks.push({ results: rows.slice(from, from + PAGE_ROWS), ...about });
  const json = chunks.length === 0 ? [about] : chunks;
  return { status: 200, requestId, body: { json }, served: { scene, plan, chain: requestId, last: true } };
}

function answerPage(desk: Desk, request: GoogleRequest, asked: Asked & { body: JsonObject }): GoogleReply {
  const { customer, query, requestId, body } = asked;
  const { pageToken, searchSettings } = body;
  const token = typeof pageToken === 'string' ? pageToken : undefined;
  const place = readPageToken(token, { query, customerId: customer.id, at: request.at });
  const whole = (): Answered => ask(desk, asked, new Date(place.asked));
  const { scene, plan, rows } = desk.recent(`${place.chain} ${asked.version}`, whole);
  const end = place.offset + PAGE_ROWS;
  const results = rows.slice(place.offset, end);
  const last = end >= rows.length;
  const counted = isObject(searchSettings) && searchSettings['returnTotalResultsCount'] === true;
  const json: JsonObject = {
    results: results.length === 0 ? undefined : results,
    nextPageToken: last ? undefined : writePageToken({ ...place, offset: end }, query, customer.id),
    totalResultsCount: counted ? String(rows.length) : undefined,
    fieldMask: fieldMask(plan),
    requestId,
    queryResourceConsumption: consumption(rows),
  };
  return { status: 200, requestId, body: { json }, served: { scene, plan, chain: place.chain, last } };
}

function fieldMask({ select }: Plan): string {
  return select.map(({ name }) => pathOf(name).join('.')).join(',');
}

function consumption(rows: readonly JsonObject[]): string {
  return String(100 + Math.ceil(rows.length / 10));
}

type Recent = (chain: string, compute: () => Answered) => Answered;

const MAX_RECENT = 4;

/** Keeps the answers whose pages are being fetched. */
function recentAnswers(): Recent {
  const kept = new Map<string, Answered>();
  return (chain, compute) => {
    const found = kept.get(chain) ?? compute();
    kept.delete(chain);
    if (found.rows.length > PAGE_ROWS) kept.set(chain, found);
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_RECENT) break;
      kept.delete(oldest);
    }
    return found;
  };
}
