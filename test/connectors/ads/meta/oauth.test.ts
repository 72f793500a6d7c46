import { afterEach, describe, expect, it } from 'vitest';
import { createMetaOAuth } from '../../../../src/connectors/ads/meta/oauth.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import type { TestServer } from '../../../lib/httpServer.ts';
import { failureOf, NOW, QUICK, refused, startGraph, TOKEN } from './graphServer.ts';
import type { Reply } from './graphServer.ts';

const SECRET = 'canary-app-secret';
const app = { id: '1234567890', secret: new Secret(SECRET) };

let server: TestServer | null = null;
afterEach(() => server?.close());

async function meta(replies: Reply[]) {
  server = await startGraph(replies);
  const urls = { graphUrl: server.url, dialogUrl: 'https://www.facebook.com' };
  return createMetaOAuth({ ...urls, apiVersion: 'v26.0', app, now: () => NOW, retries: QUICK });
}

const redirectUri = 'https://ads.example/oauth/meta/callback';
const answer = (code: string | null = TOKEN) => ({
  params: new URLSearchParams(code === null ? {} : { code }),
  redirectUri,
  verifier: null,
});
const token = (text: string, more: object = {}): Reply => ({
  body: { access_token: text, token_type: 'bearer', ...more },
});

it('asks on Facebook for reading only', async () => {
  const provider = await meta([]);
  const url = new URL(provider.authorizationUrl({ state: 's', redirectUri, challenge: null }));
  expect(url.origin + url.pathname).toBe('https://www.facebook.com/v26.0/dialog/oauth');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: app.id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'ads_read,business_management',
    state: 's',
  });
});

it('exchanges the code and then the short token, both in bodies', async () => {
  const provider = await meta([token('short'), token('long', { expires_in: 5_183_944 })]);
  const given = await provider.exchange(answer());
  expect(given.token.reveal()).toBe('long');
  expect(given.expiresAt).toEqual(new Date(NOW.getTime() + 5_183_944_000));
  const requests = server?.requests ?? [];
  expect(requests.map(({ method, path, query }) => `${method} ${path}${String(query)}`)).toEqual([
    'POST /v26.0/oauth/access_token',
    'POST /v26.0/oauth/access_token',
  ]);
  const forms = requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  const own = { client_id: app.id, client_secret: SECRET };
  expect(forms).toEqual([
    { ...own, code: TOKEN, redirect_uri: redirectUri },
    { ...own, grant_type: 'fb_exchange_token', fb_exchange_token: 'short' },
  ]);
});

it('does without a lifetime that Meta leaves out', async () => {
  const provider = await meta([token('short'), token('long')]);
  expect((await provider.exchange(answer())).expiresAt).toBeNull();
});

describe('an exchange that fails is tried once and says what to do, with no secret in it', () => {
  it.each<[string, Reply, string, RegExp]>([
    ['used', refused(100, 36009), 'FIX', /finished already/],
    ['too late', refused(100, 36007), 'FIX', /took too long/],
    ['another address', refused(100, 36008), 'FIX', /PUBLIC_URL/],
    ['busy', refused(4), 'WAIT', /limits/],
    ['down', { status: 503, body: '<html>' }, 'RETRY', /HTTP 503/],
    ['no answer', { hangUp: true }, 'RETRY', /connection failed/],
    ['no token', { body: { token_type: 'bearer' } }, 'RETRY', /cannot be read/],
  ])('%s', async (_what, reply, failure, says) => {
    const provider = await meta([reply]);
    const error = await failureOf(provider.exchange(answer()));
    expect(error).toMatchObject({ failure, message: expect.stringMatching(says) });
    expect(JSON.stringify(error) + error.message + String(error.stack)).not.toContain(SECRET);
    expect(server?.requests).toHaveLength(1);
  });

  it('no code at all', async () => {
    const provider = await meta([]);
    expect((await failureOf(provider.exchange(answer(null)))).message).toMatch(/sent no code/);
    expect(server?.requests).toEqual([]);
  });
});
