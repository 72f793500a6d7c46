import type { GraphErrorBody } from '../meta/errors.ts';
import type { Json, JsonObject } from '../meta/json.ts';
import { keyOf, unit } from '../world/random.ts';

/** Which calls a fault is for. Everything named must hold; nothing named = every call. */
export interface FaultMatch {
  method?: string;
  /** A text the path contains, or a pattern it matches; the path starts with the version. */
  path?: RegExp | string;
  /** `act_…`; calls about objects and reports of the account count. */
  account?: string;
  /** Parameters of query or form: equal to a text, or matching a pattern. */
  query?: Record<string, string | RegExp>;
  /** Only calls that ask for more rows a page than this (no `limit` counts as 25). */
  limitAbove?: number;
  /** Leaves the first n matching calls alone. */
  after?: number;
}

export type FaultReply =
  /** A Graph API error; `type` and trace id are filled in. */
  | { kind: 'error'; status: number; error: GraphErrorBody; headers?: Record<string, string> }
  /** Any answer at all, HTML for instance. */
  | { kind: 'status'; status: number; body?: string; headers?: Record<string, string> }
  /** The right answer, properly sent, but its body ends after so many bytes. */
  | { kind: 'truncate'; atBytes: number }
  /** No answer: the connection is closed after `ms`, or when the sandbox closes. */
  | { kind: 'hang'; ms?: number }
  /** The answer starts and the connection breaks. */
  | { kind: 'close' }
  | { kind: 'delay'; ms: number }
  /** The page's rows come again on the next page, under a new cursor. */
  | { kind: 'repeatPage' }
  /** The page is empty but has `next`; its rows follow. */
  | { kind: 'emptyPage' }
  /** The page's cursor leads to the page itself. */
  | { kind: 'loopCursor' }
  /** The right answer with further headers. */
  | { kind: 'headers'; headers: Record<string, string> }
  /** Members put over the right answer's. */
  | { kind: 'merge'; json: JsonObject }
  /** The right answer, changed. */
  | { kind: 'rewrite'; rewrite: (json: Json) => Json };

export interface Fault {
  match?: FaultMatch;
  /** How often it strikes; default 1, Infinity = until cleared. */
  times?: number;
  /** Chance for each matching call, decided by the seed; default 1. */
  probability?: number;
  reply: FaultReply;
}

/** An object whose insights cannot be computed: every question about it fails, questions without it do not. */
export interface Poison {
  /** Of a campaign, or of an ad: then only questions about ads fail. */
  id: string;
  /** `YYYY-MM-DD`; without it every day. */
  day?: string;
}

/** What a fault is matched against. */
export interface FaultTarget {
  method: string;
  path: string;
  account: string | null;
  token: string | null;
  params: URLSearchParams;
}

/** Scripted misbehaviour. Faults are tried in the order they were added; the first that strikes decides. */
export interface Faults {
  /** Returns a function that takes the fault back. */
  add(fault: Fault): () => void;
  /** Returns a function that takes the poison back. */
  poison(poison: Poison): () => void;
  /** Lets a token be good for `after` more calls; then it has expired, for every call about it. */
  expireToken(token: string, after?: number): void;
  /** Takes everything back. */
  clear(): void;
}

export interface FaultBook extends Faults {
  /** The fault that strikes a call, counted as used. */
  take(target: FaultTarget): FaultReply | null;
  list(): { fault: Fault; seen: number; struck: number }[];
  poisons(): readonly Poison[];
  isExpired(token: string): boolean;
}

interface Scripted {
  fault: Fault;
  key: number;
  /** Matching calls so far, and how many of them were struck. */
  seen: number;
  struck: number;
}

export function createFaults(seed: number): FaultBook {
  let scripted: Scripted[] = [];
  let added = 0;
  let poisons: Poison[] = [];
  /** Calls that a token is still good for; -1 = it has expired. */
  const tokens = new Map<string, number>();
  return {
    add(fault) {
      const entry = { fault, key: keyOf(`${seed} fault ${added++}`), seen: 0, struck: 0 };
      scripted.push(entry);
      return () => {
        scripted = scripted.filter((other) => other !== entry);
      };
    },
    poison(poison) {
      poisons.push(poison);
      return () => {
        poisons = poisons.filter((other) => other !== poison);
      };
    },
    poisons: () => poisons,
    expireToken: (token, after = 0) => void tokens.set(token, after),
    isExpired: (token) => (tokens.get(token) ?? 0) < 0,
    clear() {
      scripted = [];
      poisons = [];
      tokens.clear();
    },
    take(target) {
      const left = tokens.get(target.token ?? '');
      if (left !== undefined) tokens.set(target.token ?? '', left - 1);
      return scripted.find((entry) => strikes(entry, target))?.fault.reply ?? null;
    },
    list: () => scripted.map(({ fault, seen, struck }) => ({ fault, seen, struck })),
  };
}

function strikes(entry: Scripted, target: FaultTarget): boolean {
  const { match = {}, times = 1, probability = 1 } = entry.fault;
  if (entry.struck >= times || !matches(match, target)) return false;
  entry.seen += 1;
  if (entry.seen <= (match.after ?? 0)) return false;
  if (probability < 1 && unit(entry.key, entry.seen) >= probability) return false;
  entry.struck += 1;
  return true;
}

function matches(match: FaultMatch, target: FaultTarget): boolean {
  const { method, path, account, query = {}, limitAbove } = match;
  if (method !== undefined && method.toUpperCase() !== target.method) return false;
  if (path !== undefined && !fits(path, target.path, (text) => target.path.includes(text))) return false;
  if (account !== undefined && account !== target.account) return false;
  if (limitAbove !== undefined && Number(target.params.get('limit') ?? 25) <= limitAbove) return false;
  return Object.entries(query).every(([name, wanted]) => {
    const value = target.params.get(name);
    return value !== null && fits(wanted, value, (text) => value === text);
  });
}

function fits(wanted: RegExp | string, value: string, plain: (text: string) => boolean): boolean {
  // A sticky or global pattern remembers where it stopped.
  return typeof wanted === 'string'
    ? plain(wanted)
    : new RegExp(wanted.source, wanted.flags.replace(/[gy]/g, '')).test(value);
}
