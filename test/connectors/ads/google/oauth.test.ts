import { afterEach, describe, expect, it } from 'vitest';
import { createGoogleOAuth } from '../../../../src/connectors/ads/google/oauth.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import type { TestServer } from '../../../lib/httpServer.ts';
import { failureOf, NOW, startGraph, TOKEN } from '../meta/graphServer.ts';
import type { Reply } from '../meta/graphServer.ts';

const SECRET = 'canary-client-secret';
const CODE = `4/${TOKEN}`;
const SCOPE = 'https://www.googleapis.com/auth/adwords';

let server: TestServer | null = null;
afterEach(() => server?.close());

async function google(replies: Reply[]) {
  server = await startGraph(replies);
  const clientSecret = new Secret(SECRET);
  return createGoogleOAuth({ oauthUrl: server.url, clientId: 'app', clientSecret, now: () => NOW });
}

const answer = (params: Record<string, string> = {}) => ({
  params: new URLSearchParams({ code: CODE, state: 'any', ...params }),
  redirectUri: 'http://127.0.0.1/oauth/google/callback',
  verifier: 'v'.repeat(43),
});

const access = { token: new Secret(`1//${TOKEN}`) };
const issued = (more: object = {}): Reply => ({
  body: { access_token: 'ya29.x', expires_in: 3599, scope: SCOPE, token_type: 'Bearer', ...more },
});
const refusal = (error: string, status = 400): Reply => ({
  status,
  body: { error, error_description: `about ${TOKEN} and ${SECRET}` },
});

it('sends code, verifier and secret in the body, and nothing in the address', async () => {
  const provider = await google([issued({ refresh_token: '1//r', refresh_token_expires_in: 60 })]);
  const given = await provider.exchange(answer());
  expect([given.token.reveal(), given.expiresAt]).toEqual(['1//r', new Date(NOW.getTime() + 60_000)]);
  const [request, ...more] = server?.requests ?? [];
  expect(more).toEqual([]);
  expect(`${request?.method} ${request?.path}${String(request?.query)}`).toBe('POST /token');
  expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
    grant_type: 'authorization_code',
    code: CODE,
    code_verifier: 'v'.repeat(43),
    redirect_uri: answer().redirectUri,
    client_id: 'app',
    client_secret: SECRET,
  });
});

it('goes to Google itself when no other place is configured', () => {
  const provider = createGoogleOAuth({ clientId: 'app', clientSecret: new Secret(SECRET), now: () => NOW });
  const request = { state: 's', redirectUri: 'https://ads.example/oauth/google/callback', challenge: 'c' };
  const url = new URL(provider.authorizationUrl(request));
  expect(url.origin + url.pathname).toBe('https://accounts.google.com/o/oauth2/v2/auth');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: 'app',
    redirect_uri: request.redirectUri,
    response_type: 'code',
    scope: SCOPE,
    access_type: 'offline',
    prompt: 'consent',
    state: 's',
    code_challenge: 'c',
    code_challenge_method: 'S256',
  });
});

describe('an exchange that fails says what to do, with no secret in it', () => {
  it.each<[string, Reply, string, RegExp]>([
    ['a dead code', refusal('invalid_grant'), 'REAUTHORIZE', /Connect again/],
    ['a wrong secret', refusal('invalid_client', 401), 'FIX', /check GOOGLE_CLIENT_ID/],
    [
      'a wrong secret, with a challenge',
      { ...refusal('invalid_client', 401), headers: { 'www-authenticate': 'Basic realm="x"' } },
      'FIX',
      /check GOOGLE_CLIENT_ID/,
    ],
    ['another address', refusal('redirect_uri_mismatch'), 'FIX', /check PUBLIC_URL/],
    ['an unknown refusal', refusal(`odd ${TOKEN}`), 'FIX', /refused the call/],
    ['too many calls', refusal('slow_down', 429), 'WAIT', /limits/],
    ['a server error', { status: 503, body: '<html>' }, 'RETRY', /Google/],
    ['an answer without JSON', { body: 'surprise' }, 'RETRY', /cannot be read/],
    ['no answer', { hangUp: true }, 'RETRY', /connection failed/],
    ['no refresh token', issued(), 'FIX', /no lasting authorisation/],
  ])('%s', async (_what, reply, failure, says) => {
    const provider = await google([reply]);
    const error = await failureOf(provider.exchange(answer()));
    expect(error).toMatchObject({ failure, message: expect.stringMatching(says) });
    expect(JSON.stringify(error) + error.message + String(error.stack)).not.toContain(SECRET);
  });

  it('an answer in the name of somebody else', async () => {
    const provider = await google([issued({ refresh_token: '1//r' })]);
    await expect(provider.exchange(answer({ iss: 'https://evil.example' }))).rejects.toMatchObject({
      failure: 'RETRY',
    });
    expect(server?.requests).toEqual([]);
  });
});

describe('a check', () => {
  it('tells scopes and end', async () => {
    const provider = await google([issued({ refresh_token_expires_in: 120 })]);
    expect(await provider.checkCredential(access)).toEqual({
      valid: true,
      scopes: [SCOPE],
      expiresAt: new Date(NOW.getTime() + 120_000),
    });
  });

  it('that the grant is dead, or lacks the scope', async () => {
    const dead = await google([refusal('invalid_grant')]);
    expect(await dead.checkCredential(access)).toMatchObject({ valid: false, scopes: [] });
    await server?.close();
    const narrow = await google([issued({ scope: 'openid' })]);
    expect(await narrow.checkCredential(access)).toMatchObject({ valid: false, scopes: ['openid'] });
  });

  it('throws when it cannot tell', async () => {
    const provider = await google([{ status: 500, body: '' }]);
    expect(await failureOf(provider.checkCredential(access))).toMatchObject({ failure: 'RETRY' });
  });
});
