import { keyOf, unit } from '../world/random.ts';
import type { ErrorCode, QuotaDetails } from './errors.ts';
import type { Json } from './json.ts';

/** Which calls a fault is for. Everything named must hold; without a `path` only calls of the Ads API. */
export interface GoogleFaultMatch {
  method?: string;
  /** A text the path contains, or a pattern it matches: `googleAds:search`, `/token`. */
  path?: RegExp | string;
  /** Ten digits. */
  customer?: string;
  /** A text the GAQL contains, or a pattern it matches. */
  query?: RegExp | string;
  /** Only the n-th matching call, counted from 1. */
  nth?: number;
  /** Leaves the first n matching calls alone. */
  after?: number;
}

export type GoogleFaultReply =
  /** A GoogleAdsFailure; the HTTP status follows from the code unless it is told. */
  | {
      kind: 'error';
      errorCode: ErrorCode;
      message?: string;
      status?: number;
      quotaErrorDetails?: QuotaDetails;
    }
  /** Any answer at all, HTML for instance. */
  | { kind: 'status'; status: number; body?: string; headers?: Record<string, string> }
  /** The right answer, properly sent, but its body ends after so many bytes. */
  | { kind: 'truncate'; atBytes: number }
  /** No answer: the connection is closed after `ms`, or when the sandbox closes. */
  | { kind: 'hang'; ms?: number }
  /** The right answer starts and the connection breaks, after `atBytes` (default 20). */
  | { kind: 'close'; atBytes?: number }
  | { kind: 'delay'; ms: number }
  /** Success without rows, whatever there is. */
  | { kind: 'empty' }
  /** Every row, or every chunk of a stream, twice. */
  | { kind: 'duplicate'; what: 'rows' | 'chunks' }
  /** The right answer, changed. */
  | { kind: 'rewrite'; rewrite: (json: Json) => Json };

export interface GoogleFault {
  match?: GoogleFaultMatch;
  /** How often it strikes; default 1, Infinity = until cleared. */
  times?: number;
  /** Chance for each matching call, decided by the seed; default 1. */
  probability?: number;
  reply: GoogleFaultReply;
}

/** What a fault is matched against. */
export interface GoogleFaultTarget {
  method: string;
  path: string;
  /** False for consent and tokens. */
  isApi: boolean;
  customer: string | null;
  query: string;
}

/** Scripted misbehaviour. Faults are tried in the order they were added; the first that strikes decides. */
export interface GoogleFaults {
  /** Returns a function that takes the fault back. */
  add(fault: GoogleFault): () => void;
  clear(): void;
}

export interface GoogleFaultBook extends GoogleFaults {
  /** The fault that strikes a call, counted as used. */
  take(target: GoogleFaultTarget): GoogleFaultReply | null;
  list(): { fault: GoogleFault; seen: number; struck: number }[];
}

interface Scripted {
  fault: GoogleFault;
  key: number;
  /** Matching calls so far, and how many of them were struck. */
  seen: number;
  struck: number;
}

export function createGoogleFaults(seed: number): GoogleFaultBook {
  let scripted: Scripted[] = [];
  let added = 0;
  return {
    add(fault) {
      const entry = { fault, key: keyOf(`${seed} google fault ${added++}`), seen: 0, struck: 0 };
      scripted.push(entry);
      return () => {
        scripted = scripted.filter((other) => other !== entry);
      };
    },
    clear() {
      scripted = [];
    },
    take: (target) => scripted.find((entry) => strikes(entry, target))?.fault.reply ?? null,
    list: () => scripted.map(({ fault, seen, struck }) => ({ fault, seen, struck })),
  };
}

function strikes(entry: Scripted, target: GoogleFaultTarget): boolean {
  const { match = {}, times = 1, probability = 1 } = entry.fault;
  if (entry.struck >= times || !matches(match, target)) return false;
  entry.seen += 1;
  if (entry.seen <= (match.after ?? 0)) return false;
  if (match.nth !== undefined && entry.seen !== match.nth) return false;
  if (probability < 1 && unit(entry.key, entry.seen) >= probability) return false;
  entry.struck += 1;
  return true;
}

function matches({ method, path, customer, query }: GoogleFaultMatch, target: GoogleFaultTarget): boolean {
  if (method !== undefined && method.toUpperCase() !== target.method) return false;
  if (path === undefined ? !target.isApi : !fits(path, target.path)) return false;
  if (customer !== undefined && customer !== target.customer) return false;
  return query === undefined || fits(query, target.query);
}

function fits(wanted: RegExp | string, value: string): boolean {
  if (typeof wanted === 'string') return value.includes(wanted);
  // A sticky or global pattern remembers where it stopped.
  return new RegExp(wanted.source, wanted.flags.replace(/[gy]/g, '')).test(value);
}
