import { inspect } from 'node:util';
import { expect } from 'vitest';
import type {
  AccountAccess,
  PauseGate,
  Structure,
  StructurePage,
} from '../../../../src/connectors/ads/contract.ts';
import type { GraphOptions } from '../../../../src/connectors/ads/meta/api.ts';
import type { Patience } from '../../../../src/connectors/ads/meta/report.ts';
import { ConnectorError } from '../../../../src/connectors/errors.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import type { TestServer } from '../../../lib/httpServer.ts';
import { startServer } from '../../../lib/httpServer.ts';

export const TOKEN = 'EAAtest-token-0001';
export const NOW = new Date('2026-11-20T10:00:00Z');
export const ACCESS: AccountAccess = { externalId: 'act_1000000001', token: new Secret(TOKEN) };
export const QUICK = { tries: 6, baseMs: 0, capMs: 0, random: () => 0 };

/** Reports are looked at without pauses, and are never given up on a busy machine. */
export const QUICK_PATIENCE: Patience = {
  baseMs: 0,
  capMs: 0,
  raceMs: 0,
  stallMs: 20_000,
  totalMs: 30_000,
  random: () => 0,
};

/** One that hangs is found out soon. */
export const IMPATIENT: Patience = { ...QUICK_PATIENCE, stallMs: 400 };

/** Remembers pauses as the service does, and every one it was told of. */
export function gateAt(now: () => Date): PauseGate & { closed: { until: Date; reason: string }[] } {
  const closed: { until: Date; reason: string }[] = [];
  return {
    closed,
    closedUntil: () => {
      const until = Math.max(0, ...closed.map((pause) => pause.until.getTime()));
      return until > now().getTime() ? new Date(until) : null;
    },
    close: (until, reason) => Promise.resolve(void closed.push({ until, reason })),
  };
}

/** The pages of a structure as one. */
export function merged(pages: StructurePage[]): Structure {
  return {
    campaigns: pages.flatMap((page) => page.campaigns),
    adSets: pages.flatMap((page) => page.adSets),
    ads: pages.flatMap((page) => page.ads),
  };
}

/** One scripted answer. A string is a body as it stands, anything else JSON. `hangUp` closes without an answer. */
export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  hangUp?: true;
}

/** A Graph API that gives scripted answers; the last one again and again. */
export function startGraph(replies: readonly Reply[] | ((request: TestServer['requests'][number]) => Reply)) {
  let calls = 0;
  return startServer((response, request) => {
    const reply = typeof replies === 'function' ? replies(request) : (replies[calls] ?? replies.at(-1) ?? {});
    calls += 1;
    if (reply.hangUp) {
      response.socket?.resetAndDestroy();
      return;
    }
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? { data: [] }));
  });
}

/** Meta's error object as an answer. */
export function refused(code: number, subcode?: number, more: Partial<Reply> = {}): Reply {
  const message = `(#${code}) Something about ${TOKEN} at https://graph.facebook.com/me?access_token=${TOKEN}`;
  const error = { message, type: 'OAuthException', code, error_subcode: subcode, fbtrace_id: 'AbC' };
  return { status: 400, body: { error }, ...more };
}

export function graphOptions(url: string, more: Partial<GraphOptions> = {}): GraphOptions {
  return { graphUrl: url, apiVersion: 'v26.0', now: () => NOW, retries: QUICK, timeoutMs: 5_000, ...more };
}

/** The ConnectorError a call ends with; fails when it carries the token anywhere. */
export async function failureOf(promise: Promise<unknown>): Promise<ConnectorError> {
  const error: unknown = await promise.then(
    () => 'no error at all',
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConnectorError)) throw new Error(`not a ConnectorError: ${inspect(error)}`);
  const everything =
    inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error) + String(error.stack);
  expect(everything).not.toContain(TOKEN);
  expect(everything).not.toContain('access_token');
  return error;
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}
