import type { AccountAccess, AdPlatform } from '../../../../src/connectors/ads/contract.ts';
import { createGoogle } from '../../../../src/connectors/ads/google/index.ts';
import type { GoogleOptions } from '../../../../src/connectors/ads/google/index.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import type { TestServer } from '../../../lib/httpServer.ts';
import { startServer } from '../../../lib/httpServer.ts';
import { NOW, QUICK, TOKEN } from '../meta/graphServer.ts';
import type { Reply } from '../meta/graphServer.ts';

type Request = TestServer['requests'][number];

export const CUSTOMER = '1234567890';
export const DEVELOPER = 'canary-developer-token';
export const ACCESS: AccountAccess = { externalId: '123-456-7890', token: new Secret(`1//${TOKEN}`) };
export const SCOPE = 'https://www.googleapis.com/auth/adwords';

export interface AdsServer extends TestServer {
  /** The calls that were no exchange of a token. */
  calls(): Request[];
  /** The exchanges. */
  exchanges(): Request[];
}

/** Google that exchanges every refresh token for `ya29.1`, `ya29.2` …, and answers the rest as it is told. */
export async function startAds(
  reply: (request: Request, call: number) => Reply,
  exchange: (call: number) => Reply = issued,
): Promise<AdsServer> {
  let exchanged = 0;
  let calls = 0;
  const server = await startServer((response, request) => {
    const isExchange = request.path === '/token';
    const said = isExchange ? exchange((exchanged += 1)) : reply(request, (calls += 1));
    if (said.hangUp) {
      response.socket?.resetAndDestroy();
      return;
    }
    response.writeHead(said.status ?? 200, { 'content-type': 'application/json', ...said.headers });
    response.end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body ?? []));
  });
  const those = (isExchange: boolean) => () =>
    server.requests.filter(({ path }) => (path === '/token') === isExchange);
  return { ...server, calls: those(false), exchanges: those(true) };
}

/** The `call`th access token. */
export function issued(call: number): Reply {
  return {
    body: { access_token: `ya29.${String(call)}`, expires_in: 3599, scope: SCOPE, token_type: 'Bearer' },
  };
}

export function google(server: { url: string }, more: Partial<GoogleOptions> = {}): AdPlatform {
  return createGoogle({
    adsUrl: server.url,
    oauthUrl: server.url,
    apiVersion: 'v25',
    clientId: 'app',
    clientSecret: new Secret('canary-client-secret'),
    developerToken: new Secret(DEVELOPER),
    now: () => NOW,
    retries: QUICK,
    timeoutMs: 5_000,
    ...more,
  });
}

/** The rows of one searchStream answer. */
export function stream(...rows: unknown[]): Reply {
  return { body: [{ results: rows, fieldMask: 'a', requestId: 'r' }] };
}

export interface Refused {
  status?: number;
  quota?: object;
  headers?: Record<string, string>;
  message?: string;
}

/** A GoogleAdsFailure, wrapped in an array as searchStream does. */
export function failure(category: string, name: string, more: Refused = {}): Reply {
  const {
    status = 400,
    quota,
    headers = {},
    message = `about ${DEVELOPER} and 1//${TOKEN} of somebody@example.com`,
  } = more;
  const error = {
    errorCode: { [category]: name },
    message,
    ...(quota ? { details: { quotaErrorDetails: quota } } : {}),
  };
  const type = 'type.googleapis.com/google.ads.googleads.v25.errors.GoogleAdsFailure';
  const details = [{ '@type': type, errors: [error], requestId: 'r' }];
  return { status, headers, body: [{ error: { code: status, message: 'Refused', status: 'ANY', details } }] };
}

export function queryOf(request: Request): string {
  const body: unknown = JSON.parse(request.body);
  return typeof body === 'object' && body !== null && 'query' in body ? String(body.query) : '';
}
