import { keyOf } from '../world/random.ts';
import { invalidCursor, invalidParameter, tooMuchData } from './errors.ts';
import { isObject, readJson, type JsonObject } from './json.ts';
import type { GraphRequest } from './request.ts';

const DEFAULT_LIMIT = 25;
const HARD_LIMIT = 5000;

/** repeatPage: this page comes twice; emptyPage: it is empty, its rows follow; loopCursor: its cursor leads to itself. */
export type PageFault = 'repeatPage' | 'emptyPage' | 'loopCursor';

/** What a cursor holds: the list it belongs to, when that list was first asked for, and the place in it. */
export interface Place {
  chain: number;
  at: number;
  offset: number;
}

export interface Page {
  offset: number;
  end: number;
  total: number;
  /** Nothing is served although there are rows. */
  empty: boolean;
  paging: JsonObject | undefined;
}

const OWN = new Set(['limit', 'after', 'before', 'access_token', 'appsecret_proof']);

/** The same for two requests that differ only in page, size or token. */
export function chainOf(request: GraphRequest): number {
  const params = [...request.params]
    .filter(([name]) => !OWN.has(name))
    .map(([name, value]) => `${name}=${value}`);
  return keyOf([request.path.replace(/^\/v\d+\.\d+/, ''), ...params.sort()].join('\n'));
}

let nonces = 0;

function cursor(place: Place, fresh = false): string {
  const { chain, at, offset } = place;
  return Buffer.from(JSON.stringify(fresh ? [chain, at, offset, ++nonces] : [chain, at, offset])).toString(
    'base64url',
  );
}

/** Where a request's cursor points to; null without one. Throws 2642 for a cursor of another list. */
export function placeOf(request: GraphRequest, name: 'after' | 'before'): Place | null {
  const text = request.params.get(name);
  if (text === null || text === '') return null;
  const parts = readJson(Buffer.from(text, 'base64url').toString('utf8'));
  const [chain, at, offset] = Array.isArray(parts) ? parts : [];
  const known = typeof chain === 'number' && typeof at === 'number' && typeof offset === 'number';
  if (!known || chain !== chainOf(request) || offset < 0) throw invalidCursor();
  return { chain, at, offset };
}

/** The page a request asks for of a list of `total` rows first asked for at `at`. */
export function pageOf(request: GraphRequest, total: number, at: number): Page {
  const limit = limitOf(request.params);
  const before = placeOf(request, 'before');
  const start =
    before === null ? (placeOf(request, 'after')?.offset ?? 0) : Math.max(0, before.offset - limit);
  const end = Math.min(total, before === null ? start + limit : before.offset);
  const empty = request.pageFault === 'emptyPage';
  if (end <= start && request.pageFault === undefined) {
    return { offset: start, end: start, total, empty: false, paging: undefined };
  }
  const place = { chain: chainOf(request), at };
  const after = afterCursor(request, { ...place, offset: start }, end);
  const paging: JsonObject = { cursors: { before: cursor({ ...place, offset: start }), after } };
  if (end < total || request.pageFault !== undefined) paging['next'] = link(request, 'after', after);
  if (start > 0) paging['previous'] = link(request, 'before', cursor({ ...place, offset: start }));
  return { offset: start, end, total, empty, paging };
}

function afterCursor(request: GraphRequest, start: Place, end: number): string {
  if (request.pageFault === undefined) return cursor({ ...start, offset: end });
  if (request.pageFault === 'loopCursor') return request.params.get('after') ?? cursor(start);
  return cursor(start, true);
}

function limitOf(params: URLSearchParams): number {
  const text = params.get('limit');
  if (text === null || text === '') return DEFAULT_LIMIT;
  if (!/^\d+$/.test(text) || Number(text) === 0)
    throw invalidParameter('Param limit must be an integer greater than 0');
  if (Number(text) > HARD_LIMIT) throw tooMuchData();
  return Number(text);
}

/** The absolute URL of a neighbouring page. It carries the token, as the real one does. */
function link(request: GraphRequest, name: 'after' | 'before', to: string): string {
  const params = new URLSearchParams(request.params);
  params.delete('after');
  params.delete('before');
  if (request.token !== null) params.set('access_token', request.token);
  params.set(name, to);
  return `${request.origin}${request.path}?${params}`;
}

/** A list answer; an empty one has no `paging`. */
export function listJson(data: JsonObject[], page: Page): JsonObject {
  const rows = page.empty ? [] : data;
  return isObject(page.paging) ? { data: rows, paging: page.paging } : { data: rows };
}
