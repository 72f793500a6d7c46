import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../sandbox/index.ts';
import { startSandbox } from '../../sandbox/index.ts';
import { graph, NOW } from './graph.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ now: () => NOW });
});
beforeEach(() => sandbox.meta.setNow(null));
afterAll(() => sandbox.close());

const BACK = 'http://127.0.0.1:9/oauth/back';
const later = (seconds: number) => sandbox.meta.setNow(new Date(NOW.getTime() + seconds * 1000));

async function redirected(url: string, params: Record<string, string>): Promise<URLSearchParams> {
  const answer = await fetch(`${url}?${new URLSearchParams(params)}`, { redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? '').searchParams;
}

describe('the Graph API', () => {
  const app = { client_id: '42', client_secret: 'any' };
  const dialog = (more: Record<string, string> = {}) =>
    redirected(`${sandbox.urls.meta}/v26.0/dialog/oauth`, {
      client_id: '42',
      redirect_uri: BACK,
      scope: 'ads_read',
      state: 's',
      ...more,
    });
  const code = async () => (await dialog()).get('code') ?? '';
  const exchange = async (query: Record<string, string>) =>
    (await graph(sandbox, 'oauth/access_token', { ...app, ...query }, { token: '' })).json;

  it('gives a code, an hour\u2019s token and one of sixty days, which open accounts', async () => {
    const back = await dialog();
    expect(back.get('state')).toBe('s');
    const query = { code: back.get('code') ?? '', redirect_uri: BACK };
    const short = String((await exchange(query))['access_token']);
    const long = await exchange({ grant_type: 'fb_exchange_token', fb_exchange_token: short });
    expect(long).toMatchObject({ token_type: 'bearer', expires_in: 5_183_944 });
    const token = String(long['access_token']);
    expect(token).toMatch(/^sandbox-/);
    const status = async (with_: string) =>
      (await graph(sandbox, 'me/adaccounts', {}, { token: with_ })).status;
    expect([await status(short), await status(token)]).toEqual([200, 200]);
    later(3_600);
    expect([await status(short), await status(token)]).toEqual([400, 200]);
    later(5_183_944);
    expect(await status(token)).toBe(400);
    const { data } = (await graph(sandbox, 'debug_token', { input_token: token }, { token: '42|x' })).json;
    expect(data).toMatchObject({ app_id: '42', type: 'USER', is_valid: false, error: { subcode: 463 } });
  });

  it.each<[string, Record<string, string>, number, number | undefined]>([
    ['another address', { redirect_uri: `${BACK}/` }, 100, 36008],
    ['another app', { client_id: '43' }, 100, undefined],
    ['a wrong secret', { client_secret: 'wrong' }, 1, undefined],
  ])('refuses %s', async (_what, wrong, expected, subcode) => {
    const { error } = await exchange({ code: await code(), redirect_uri: BACK, ...wrong });
    expect([error['code'], error['error_subcode']]).toEqual([expected, subcode]);
  });

  it('takes a code once, and not after ten minutes', async () => {
    const query = { code: await code(), redirect_uri: BACK };
    await exchange(query);
    expect((await exchange(query)).error).toMatchObject({ code: 100, error_subcode: 36009 });
    const old = { code: await code(), redirect_uri: BACK };
    later(600);
    expect((await exchange(old)).error).toMatchObject({ code: 100, error_subcode: 36007 });
  });

  it('opens no account with a token that may not read', async () => {
    const back = await dialog({ scope: 'email' });
    const query = { code: back.get('code') ?? '', redirect_uri: BACK };
    const token = String((await exchange(query))['access_token']);
    expect((await graph(sandbox, 'me/adaccounts', {}, { token })).status).toBe(403);
    expect((await graph(sandbox, 'me/permissions', {}, { token })).json.data).toEqual([
      { permission: 'email', status: 'granted' },
      { permission: 'public_profile', status: 'granted' },
    ]);
  });
});

describe('Google', () => {
  const verifier = 'v'.repeat(43);
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const app = { client_id: 'app', client_secret: 'any' };
  const consent = (more: Record<string, string> = {}) =>
    redirected(`${sandbox.urls.google}/o/oauth2/v2/auth`, {
      client_id: 'app',
      redirect_uri: BACK,
      response_type: 'code',
      scope: 'one two',
      access_type: 'offline',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...more,
    });
  const ask = async (form: Record<string, string>) => {
    const body = new URLSearchParams({ ...app, ...form });
    const answer = await fetch(`${sandbox.urls.google}/token`, { method: 'POST', body });
    const json = (await answer.json()) as Record<string, unknown>;
    return { ...json, status: answer.status } as Record<string, unknown>;
  };
  const redeem = async (form: Record<string, string> = {}, more: Record<string, string> = {}) => {
    const code = (await consent(more)).get('code') ?? '';
    const whole = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: BACK,
      code_verifier: verifier,
      ...form,
    };
    return { first: await ask(whole), second: await ask(whole) };
  };
  const refresh = (token: unknown) => ask({ grant_type: 'refresh_token', refresh_token: String(token) });

  it('gives a refresh token once for a code, and access tokens for that', async () => {
    const { first, second } = await redeem();
    expect(first).toMatchObject({ status: 200, scope: 'one two', expires_in: 3599 });
    expect(second).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await refresh(first['refresh_token'])).toMatchObject({ status: 200, scope: 'one two' });
    sandbox.google.revokeAll();
    expect(await refresh(first['refresh_token'])).toMatchObject({ status: 400, error: 'invalid_grant' });
  });

  it('only gives one when it was asked to work offline', async () => {
    expect((await redeem({}, { access_type: 'online' })).first).not.toHaveProperty('refresh_token');
  });

  it('ends the authorisations of apps under test after seven days', async () => {
    const { first } = await redeem({}, { testing: '1' });
    expect(first).toMatchObject({ refresh_token_expires_in: 604_800 });
    later(604_799);
    expect(await refresh(first['refresh_token'])).toMatchObject({ status: 200, refresh_token_expires_in: 1 });
    later(604_800);
    expect(await refresh(first['refresh_token'])).toMatchObject({ status: 400 });
  });

  it.each<[string, Record<string, string>, string]>([
    ['another verifier', { code_verifier: 'w'.repeat(43) }, 'invalid_grant'],
    ['no verifier', { code_verifier: '' }, 'invalid_grant'],
    ['another address', { redirect_uri: `${BACK}/` }, 'redirect_uri_mismatch'],
    ['another app', { client_id: 'other' }, 'invalid_grant'],
    ['a wrong secret', { client_secret: 'wrong' }, 'invalid_client'],
  ])('refuses %s', async (_what, wrong, error) => {
    expect((await redeem(wrong)).first).toMatchObject({ error });
  });
});
