import { afterEach, expect, it } from 'vitest';
import { createDesk } from '../../../../src/connectors/ads/google/desk.ts';
import { createAccessTokens } from '../../../../src/connectors/ads/google/token.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import { failureOf, NOW, QUICK, TOKEN } from '../meta/graphServer.ts';
import type { Reply } from '../meta/graphServer.ts';
import type { AdsServer } from './adsServer.ts';
import { issued, startAds } from './adsServer.ts';

const ACCESS = { token: new Secret(`1//${TOKEN}`) };
const OTHER = { token: new Secret('1//other') };
const MINUTE = 60_000;

let server: AdsServer;
let now = NOW;
afterEach(() => {
  now = NOW;
  return server.close();
});

async function tokens(exchange?: (call: number) => Reply) {
  server = await startAds(() => ({ status: 500 }), exchange);
  const desk = createDesk({
    oauthUrl: server.url,
    clientId: 'app',
    clientSecret: new Secret('canary-client-secret'),
    now: () => now,
  });
  return createAccessTokens(desk, { now: () => now, retries: QUICK });
}

it('exchanges once for calls side by side, and keeps refresh tokens apart', async () => {
  const all = await tokens();
  const got = await Promise.all(Array.from({ length: 20 }, () => all.get(ACCESS)));
  expect(new Set(got.map((token) => token.reveal()))).toEqual(new Set(['ya29.1']));
  expect(server.exchanges()).toHaveLength(1);
  expect((await all.get(OTHER)).reveal()).toBe('ya29.2');
  expect((await all.get(ACCESS)).reveal()).toBe('ya29.1');
  expect(server.exchanges()).toHaveLength(2);
});

it('uses a token for fifty minutes, and a shorter-lived one until a minute before its end', async () => {
  const all = await tokens((call) => ({
    body: { access_token: `ya29.${String(call)}`, expires_in: call === 1 ? 3599 : 600, token_type: 'Bearer' },
  }));
  await all.get(ACCESS);
  now = new Date(NOW.getTime() + 50 * MINUTE - 1);
  expect((await all.get(ACCESS)).reveal()).toBe('ya29.1');
  now = new Date(now.getTime() + 1);
  expect((await all.get(ACCESS)).reveal()).toBe('ya29.2');
  now = new Date(now.getTime() + 9 * MINUTE - 1);
  expect((await all.get(ACCESS)).reveal()).toBe('ya29.2');
  now = new Date(now.getTime() + 1);
  expect((await all.get(ACCESS)).reveal()).toBe('ya29.3');
});

it('asks again only when the token that was refused is the one it would give', async () => {
  const all = await tokens();
  const first = await all.get(ACCESS);
  all.forget(ACCESS.token, first);
  const second = await all.get(ACCESS);
  all.forget(ACCESS.token, first);
  expect((await all.get(ACCESS)).reveal()).toBe(second.reveal());
  expect(server.exchanges()).toHaveLength(2);
});

it.each([
  ['invalid_grant', 400, 'REAUTHORIZE', 'CREDENTIAL', 1],
  ['invalid_client', 401, 'FIX', 'ACCOUNT', 1],
  ['temporarily_unavailable', 503, 'RETRY', 'ACCOUNT', QUICK.tries],
])('%s (HTTP %s) is %s of the %s, asked %s times', async (error, status, kind, concerns, times) => {
  const all = await tokens(() => ({ status, body: { error, error_description: `about ${TOKEN}` } }));
  const thrown = await failureOf(all.get(ACCESS));
  expect([thrown.failure, thrown.concerns]).toEqual([kind, concerns]);
  expect(server.exchanges()).toHaveLength(times);
});

it('asks again after a failure', async () => {
  const all = await tokens((call) =>
    call === 1 ? { status: 400, body: { error: 'invalid_grant' } } : issued(call),
  );
  await failureOf(all.get(ACCESS));
  expect((await all.get(ACCESS)).reveal()).toBe('ya29.2');
});

it('stops waiting when its own caller stops, not when another does', async () => {
  const all = await tokens();
  const stop = new AbortController();
  const stopped = all.get({ ...ACCESS, signal: stop.signal });
  const other = all.get(ACCESS);
  stop.abort(new Error('stopped'));
  await expect(stopped).rejects.toThrow('stopped');
  expect((await other).reveal()).toBe('ya29.1');
  expect(server.exchanges()).toHaveLength(1);
});
