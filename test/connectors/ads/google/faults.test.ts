import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GoogleFaultReply } from '../../../../sandbox/google/faults.ts';
import { GOOGLE_FAULTS, INVALID_GRANT, quota } from '../../../../sandbox/google/presets.ts';
import type { Sandbox } from '../../../../sandbox/index.ts';
import type { AdPlatform } from '../../../../src/connectors/ads/contract.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import { failureOf, NOW, QUICK } from '../meta/graphServer.ts';
import { google } from './adsServer.ts';
import {
  ACCESS,
  addFault,
  callsOf,
  comparable,
  DAY,
  newPlatform,
  readAll,
  rowsOf,
  sorted,
  startGoogleSandbox,
  TOKEN,
  truth,
} from './adsSandbox.ts';

let sandbox: Sandbox;
let ads: AdPlatform;

beforeAll(async () => {
  sandbox = await startGoogleSandbox();
});
beforeEach(() => {
  ads = newPlatform(sandbox);
});
afterEach(() => {
  sandbox.google.faults.clear();
  sandbox.google.ledger.clear();
});
afterAll(() => sandbox.close());

describe('a credential', () => {
  it('is good', async () => {
    expect(await ads.checkCredential({ token: TOKEN })).toMatchObject({ valid: true, expiresAt: null });
  });

  it('is not good once it was taken back, and is asked about once', async () => {
    sandbox.google.faults.add(INVALID_GRANT);
    expect(await ads.checkCredential({ token: TOKEN })).toMatchObject({ valid: false });
    expect(sandbox.google.ledger.requests()).toHaveLength(1);
    const error = await failureOf(readAll(ads, DAY));
    expect([error.failure, error.concerns]).toEqual(['REAUTHORIZE', 'CREDENTIAL']);
    expect(sandbox.google.ledger.requests()).toHaveLength(2);
  });

  it('whose access token ends meanwhile goes on with another', async () => {
    await readAll(ads, DAY);
    sandbox.google.expireAll();
    sandbox.google.ledger.clear();
    expect(sorted(rowsOf(await readAll(ads, DAY)).map(comparable))).toEqual(truth(sandbox, DAY));
    const tokens = sandbox.google.ledger.requests().filter(({ path }) => path === '/token');
    expect([tokens.length, callsOf(sandbox)]).toEqual([1, 5]);
  });

  it('that dies meanwhile is tried no more than once', async () => {
    const mortal = { ...ACCESS, token: new Secret('1//sandbox-mortal') };
    await readAll(ads, DAY, mortal);
    sandbox.google.revoke('1//sandbox-mortal');
    sandbox.google.ledger.clear();
    const error = await failureOf(readAll(ads, DAY, mortal));
    expect([error.failure, error.concerns]).toEqual(['REAUTHORIZE', 'CREDENTIAL']);
    expect(sandbox.google.ledger.requests()).toHaveLength(2);
  });
});

describe('a fault', () => {
  const { internal, transient, html503 } = GOOGLE_FAULTS;

  it.each<[string, GoogleFaultReply]>([
    ['an internal error', internal],
    ['a transient error', transient],
    ['a page of 503', html503],
    ['half an answer', { kind: 'truncate', atBytes: 300 }],
    ['a broken connection', { kind: 'close', atBytes: 200 }],
    ['nothing', { kind: 'hang', ms: 10 }],
    ['an empty body', { kind: 'status', status: 200 }],
    ['a chunk of another kind', { kind: 'rewrite', rewrite: () => ({ results: [] }) }],
  ])('that passes leaves no trace: %s', async (_what, reply) => {
    addFault(sandbox, reply, 2);
    const pages = await readAll(ads, DAY);
    expect(sorted(rowsOf(pages).map(comparable))).toEqual(truth(sandbox, DAY));
    expect(callsOf(sandbox)).toBe(6);
  });

  it.each<[string, GoogleFaultReply]>([
    ['an internal error', internal],
    ['a page of 503', html503],
    ['half an answer', { kind: 'truncate', atBytes: 300 }],
    ['a broken connection', { kind: 'close' }],
  ])('that stays is given up after the tries there are: %s', async (_what, reply) => {
    addFault(sandbox, reply);
    expect((await failureOf(readAll(ads, DAY))).failure).toBe('RETRY');
    expect(callsOf(sandbox)).toBe(QUICK.tries);
  });

  it.each(['rows', 'chunks'] as const)('of %s that come twice doubles no conversion', async (what) => {
    addFault(sandbox, { kind: 'duplicate', what });
    const pages = await readAll(ads, DAY);
    expect(pages.flatMap(({ rejected }) => rejected)).toEqual([]);
    expect(sorted(rowsOf(pages).map(comparable))).toEqual(truth(sandbox, DAY));
  });

  it('of an answer without rows is an answer without rows', async () => {
    addFault(sandbox, { kind: 'empty' });
    const pages = await readAll(ads, DAY);
    expect([rowsOf(pages), pages.at(-1)?.next]).toEqual([[], null]);
  });

  it.each([
    ['permission', GOOGLE_FAULTS.permission, 'REAUTHORIZE', 'ACCOUNT'],
    ['notEnabled', GOOGLE_FAULTS.notEnabled, 'FIX', 'ACCOUNT'],
    ['projectDisabled', GOOGLE_FAULTS.projectDisabled, 'FIX', 'ACCOUNT'],
    ['tokenRevoked', GOOGLE_FAULTS.tokenRevoked, 'REAUTHORIZE', 'CREDENTIAL'],
  ])('that is for people ends at once: %s', async (_what, reply, kind, concerns) => {
    addFault(sandbox, reply);
    const error = await failureOf(readAll(ads, DAY));
    expect([error.failure, error.concerns]).toEqual([kind, concerns]);
    expect(callsOf(sandbox)).toBe(concerns === 'CREDENTIAL' ? 2 : 1);
  });

  it('of the day’s calls stops every account until the announced time', async () => {
    addFault(sandbox, GOOGLE_FAULTS.dailyQuota, 1);
    const error = await failureOf(readAll(ads, DAY));
    expect([error.failure, error.retryAt]).toEqual(['WAIT', new Date(NOW.getTime() + 8_962_000)]);
    await failureOf(ads.readAccountDays({ externalId: '9100000003', token: TOKEN }, DAY));
    expect(callsOf(sandbox)).toBe(1);
  });

  it('of too many calls a second is sat out for as long as it says', async () => {
    addFault(sandbox, quota('0.05s', 'RESOURCE_TEMPORARILY_EXHAUSTED'), 1);
    const began = performance.now();
    expect(sorted(rowsOf(await readAll(ads, DAY)).map(comparable))).toEqual(truth(sandbox, DAY));
    expect(performance.now() - began).toBeGreaterThanOrEqual(49);
  });

  it('of a removed version says what to raise', async () => {
    const old = google({ url: sandbox.urls.google }, { apiVersion: 'v19' });
    const error = await failureOf(old.readAccountDays(ACCESS, DAY));
    expect([error.failure, error.message]).toEqual([
      'FIX',
      expect.stringContaining('raise GOOGLE_ADS_VERSION'),
    ]);
  });

  it.each([
    ['a wrong developer token', { developerToken: new Secret('wrong-token') }, 'GOOGLE_DEVELOPER_TOKEN'],
    ['one for tests only', { developerToken: new Secret('test-token-0001') }, 'GOOGLE_DEVELOPER_TOKEN'],
    ['a wrong client', { clientSecret: new Secret('wrong-secret') }, 'GOOGLE_CLIENT_SECRET'],
  ])('of the settings is told: %s', async (_what, settings, name) => {
    const wrong = google({ url: sandbox.urls.google }, settings);
    const error = await failureOf(wrong.readAccountDays(ACCESS, DAY));
    expect([error.failure, error.concerns]).toEqual(['FIX', 'ACCOUNT']);
    expect(error.message).toContain(name);
  });
});
