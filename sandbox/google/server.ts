import { serve, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono, type Context } from 'hono';
import { createGoogleApi, readPath, type GoogleRequest } from './api.ts';
import { googleControlRoutes, type GoogleControlParts } from './control.ts';
import type { OAuthDesk } from './oauth.ts';
import { createOAuthDesk } from './oauth.ts';
import { perform, type Performance } from './perform.ts';

interface GoogleServer {
  url: string;
  oauth: OAuthDesk;
  close(): Promise<void>;
}

type Bound = { Bindings: HttpBindings };
export type GoogleServerParts = Omit<GoogleControlParts, 'oauth'>;

/**
 * Serves the consent page, the token endpoint, the Google Ads API and its control routes under `/_sandbox`
 * on 127.0.0.1, at a free port.
 */
export function startGoogleServer(parts: GoogleServerParts): Promise<GoogleServer> {
  let url = '';
  const oauth = createOAuthDesk(() => url);
  const api = createGoogleApi(parts.world, oauth);
  const app = new Hono<Bound>();
  app.route('/_sandbox', googleControlRoutes({ ...parts, oauth }));
  app.get('/o/oauth2/v2/auth', (c) => {
    const back = oauth.consent(new URL(c.req.url).searchParams, parts.clock.now());
    return back === null ? c.text('Error 400: invalid_request', 400) : c.redirect(back);
  });
  app.post('/token', async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const answer = (): ReturnType<Performance['answer']> => {
      const { status, json } = oauth.token(form, parts.clock.now());
      return { status, requestId: '', body: { json } };
    };
    return handle(parts, c, { answer, body: '' });
  });
  app.all('*', async (c) => {
    const request = await requestOf(c, parts.clock.now());
    return handle(parts, c, { answer: () => api(request), body: request.body });
  });
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info) => {
      url = `http://127.0.0.1:${String(info.port)}`;
      const close = (): Promise<void> =>
        new Promise((closed) => {
          server.close(() => closed());
          if ('closeAllConnections' in server) server.closeAllConnections();
        });
      resolve({ url, oauth, close });
    });
    server.once('error', reject);
  });
}

async function requestOf(c: Context<Bound>, at: Date): Promise<GoogleRequest> {
  return {
    method: c.req.method,
    path: pathOf(c),
    body: await c.req.text(),
    authorization: c.req.header('authorization') ?? null,
    developerToken: c.req.header('developer-token') ?? null,
    loginCustomerId: c.req.header('login-customer-id') ?? null,
    at,
  };
}

/** A colon may come written as `%3A`. */
function pathOf(c: Context<Bound>): string {
  const { pathname } = new URL(c.req.url);
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

async function handle(
  { faults, ledger, clock }: GoogleServerParts,
  c: Context<Bound>,
  { answer, body }: Pick<Performance, 'answer'> & { body: string },
): Promise<Response> {
  const path = pathOf(c);
  const about = readPath(path);
  const method = c.req.method;
  const customer = about?.customerId ?? null;
  const query = queryOf(body);
  const at = clock.now().toISOString();
  const fault = faults.take({ method, path, isApi: about !== null, customer, query });
  const response = await perform(
    {
      outgoing: c.env.outgoing,
      answer,
      served: ({ served }, page) => served && ledger.addAnswer(served, page),
      version: `v${about?.version ?? ''}`,
      isStream: about?.call === 'searchStream',
    },
    fault,
  );
  const status = response === RESPONSE_ALREADY_SENT ? 0 : response.status;
  const loginCustomerId = c.req.header('login-customer-id') ?? null;
  ledger.addRequest({
    at,
    method,
    path,
    query,
    customer,
    loginCustomerId,
    status,
    fault: fault?.kind ?? null,
  });
  return response;
}

function queryOf(body: string): string {
  try {
    const { query } = JSON.parse(body) as { query?: unknown };
    return typeof query === 'string' ? query : '';
  } catch {
    return '';
  }
}
