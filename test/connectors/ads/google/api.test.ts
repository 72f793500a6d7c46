import { afterEach, describe, expect, it } from 'vitest';
import type { PauseGate } from '../../../../src/connectors/ads/contract.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import { failureOf, NOW, QUICK } from '../meta/graphServer.ts';
import type { Reply } from '../meta/graphServer.ts';
import type { AdsServer } from './adsServer.ts';
import { ACCESS, CUSTOMER, DEVELOPER, failure, google, issued, startAds, stream } from './adsServer.ts';

const RANGE = { from: '2026-11-01', to: '2026-11-02' };
const DAY = {
  customer: { resourceName: `customers/${CUSTOMER}`, id: CUSTOMER, currencyCode: 'USD' },
  segments: { date: RANGE.from },
  metrics: { costMicros: '36150000', impressions: '166', clicks: '49' },
};
const READ = [{ date: RANGE.from, currency: 'USD', spend: '36.15', impressions: '166', clicks: '49' }];

let server: AdsServer;
afterEach(() => server.close());

/** Answers one after another, the last one again and again. */
async function platform(...replies: Reply[]) {
  server = await startAds((_request, call) => replies[call - 1] ?? replies.at(-1) ?? {});
  return google(server);
}

function gateOf(until: Date | null = null): PauseGate & { closed: [Date, string][] } {
  const closed: [Date, string][] = [];
  return {
    closed,
    closedUntil: () => until,
    close: (...pause) => {
      closed.push(pause);
      return Promise.resolve();
    },
  };
}

const inSeconds = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

it('sends tokens in headers only, and the account as digits', async () => {
  const ads = await platform(stream(DAY));
  const access = { ...ACCESS, loginCustomerId: '700-000-0001' };
  expect(await ads.readAccountDays(access, RANGE)).toEqual(READ);
  const [call, ...more] = server.calls();
  expect(more).toEqual([]);
  expect(`${call?.method} ${call?.path}${String(call?.query)}`).toBe(
    `POST /v25/customers/${CUSTOMER}/googleAds:searchStream`,
  );
  expect(call?.headers).toMatchObject({
    authorization: 'Bearer ya29.1',
    'developer-token': DEVELOPER,
    'login-customer-id': '7000000001',
    'content-type': 'application/json',
  });
  expect(call?.body).not.toMatch(/ya29|canary/);
  await ads.readAccountDays(ACCESS, RANGE);
  expect(server.calls()[1]?.headers['login-customer-id']).toBeUndefined();
  expect(server.exchanges()).toHaveLength(1);
});

it.each(['12-34', 'act_1', '1234567890/x', '../1', ''])(
  'refuses the account number "%s"',
  async (externalId) => {
    const ads = await platform(stream());
    expect((await failureOf(ads.readAccountDays({ ...ACCESS, externalId }, RANGE))).failure).toBe('FIX');
    expect(server.calls()).toEqual([]);
  },
);

describe('an answer', () => {
  it.each([
    ['an empty list', []],
    ['a chunk without results', [{ fieldMask: 'a', requestId: 'r' }]],
    ['a chunk without results and a summary', [{ requestId: 'r' }, { summaryRow: { metrics: {} } }]],
  ])('of %s has no rows', async (_what, body) => {
    const ads = await platform({ body });
    expect(await ads.readAccountDays(ACCESS, RANGE)).toEqual([]);
  });

  it('of several chunks is one list', async () => {
    const second = { ...DAY, segments: { date: RANGE.to } };
    const ads = await platform({ body: [{ results: [DAY] }, { results: [second] }] });
    expect(await ads.readAccountDays(ACCESS, RANGE)).toHaveLength(2);
  });

  it.each<[string, Reply]>([
    ['cut off', { body: JSON.stringify([{ results: [DAY, DAY] }]).slice(0, -30) }],
    ['empty', { body: '' }],
    ['HTML', { body: '<html>', headers: { 'content-type': 'text/html' } }],
    ['of another shape', { body: { results: [DAY] } }],
    ['no answer', { hangUp: true }],
    ['a server error', { status: 500, body: '<html>' }],
    ['a 503', { status: 503, body: '' }],
    [
      'an error after rows',
      { body: [{ results: [DAY] }, (failure('internalError', 'INTERNAL_ERROR').body as object[])[0]] },
    ],
  ])('that is %s is asked for again, and nothing of it is used', async (_what, reply) => {
    const ads = await platform(reply, reply, stream(DAY));
    expect(await ads.readAccountDays(ACCESS, RANGE)).toEqual(READ);
    expect(server.calls()).toHaveLength(3);
  });

  it('that stays broken is given up after the tries there are', async () => {
    const ads = await platform(failure('internalError', 'TRANSIENT_ERROR', { status: 503 }));
    const error = await failureOf(ads.readAccountDays(ACCESS, RANGE));
    expect([error.failure, error.vendorCode, error.status]).toEqual([
      'RETRY',
      'internalError.TRANSIENT_ERROR',
      503,
    ]);
    expect(server.calls()).toHaveLength(QUICK.tries);
  });

  it('of a removed version says what to raise', async () => {
    const ads = await platform({ status: 404, body: '<!DOCTYPE html><title>Error 404</title>' });
    const error = await failureOf(ads.readAccountDays(ACCESS, RANGE));
    expect([error.failure, server.calls().length]).toEqual(['FIX', 1]);
    expect(error.message).toContain('raise GOOGLE_ADS_VERSION');
  });

  it('that refuses the query tells why, without what looks like a secret', async () => {
    const ads = await platform(failure('queryError', 'BAD_FIELD_NAME'));
    const error = await failureOf(ads.readAccountDays(ACCESS, RANGE));
    expect([error.failure, error.concerns, error.vendorCode]).toEqual([
      'FIX',
      'ACCOUNT',
      'queryError.BAD_FIELD_NAME',
    ]);
    expect(error.message).toContain('about');
    expect(error.message).not.toMatch(/example.com|canary/);
    expect(server.calls()).toHaveLength(1);
  });
});

describe('a token that is refused', () => {
  const expired = failure('authenticationError', 'OAUTH_TOKEN_EXPIRED', { status: 401 });

  it('is renewed once, by whoever comes first', async () => {
    server = await startAds((request) =>
      request.headers.authorization === 'Bearer ya29.1' ? expired : stream(DAY),
    );
    const ads = google(server);
    const all = await Promise.all(Array.from({ length: 8 }, () => ads.readAccountDays(ACCESS, RANGE)));
    expect(all).toEqual(Array.from({ length: 8 }, () => READ));
    expect(server.exchanges()).toHaveLength(2);
  });

  it.each([
    ['with a GoogleAdsFailure', expired],
    [
      'without one',
      { status: 401, body: { error: { code: 401, message: 'No', status: 'UNAUTHENTICATED' } } },
    ],
  ])('is the end when its successor is refused too, %s', async (_what, reply) => {
    const ads = await platform(reply);
    const error = await failureOf(ads.readAccountDays(ACCESS, RANGE));
    expect([error.failure, error.concerns]).toEqual(['REAUTHORIZE', 'CREDENTIAL']);
    expect([server.calls().length, server.exchanges().length]).toEqual([2, 2]);
  });

  it('is no reason to renew it when something else is refused', async () => {
    const ads = await platform(failure('authenticationError', 'DEVELOPER_TOKEN_INVALID', { status: 401 }));
    const error = await failureOf(ads.readAccountDays(ACCESS, RANGE));
    expect(error.failure).toBe('FIX');
    expect(error.message).toContain('GOOGLE_DEVELOPER_TOKEN');
    expect([server.calls().length, server.exchanges().length]).toEqual([1, 1]);
  });

  it('is never asked for again when the authorisation is dead', async () => {
    server = await startAds(
      () => stream(DAY),
      () => ({ status: 400, body: { error: 'invalid_grant' } }),
    );
    const error = await failureOf(google(server).readAccountDays(ACCESS, RANGE));
    expect([error.failure, error.concerns]).toEqual(['REAUTHORIZE', 'CREDENTIAL']);
    expect([server.calls().length, server.exchanges().length]).toEqual([0, 1]);
  });
});

describe('a pause', () => {
  const exhausted = (quota: object, headers = {}): Reply =>
    failure('quotaError', 'RESOURCE_EXHAUSTED', { status: 429, quota, headers });

  it('that was announced is told, closes the gate, and is not called into', async () => {
    const ads = await platform(exhausted({ rateScope: 'ACCOUNT', retryDelay: '8962s' }));
    const gate = gateOf();
    const error = await failureOf(ads.readAccountDays({ ...ACCESS, gate }, RANGE));
    expect([error.failure, error.retryAt, error.vendorCode]).toEqual([
      'WAIT',
      inSeconds(8962),
      'quotaError.RESOURCE_EXHAUSTED',
    ]);
    expect(gate.closed.map(([until]) => until)).toEqual([inSeconds(8962)]);
    expect(server.calls()).toHaveLength(1);
  });

  it('that the gate knows of keeps every call back', async () => {
    const ads = await platform(stream(DAY));
    const error = await failureOf(ads.readAccountDays({ ...ACCESS, gate: gateOf(inSeconds(11)) }, RANGE));
    expect([error.failure, error.retryAt]).toEqual(['WAIT', inSeconds(11)]);
    expect(server.requests).toEqual([]);
    expect(await ads.readAccountDays({ ...ACCESS, gate: gateOf(inSeconds(-1)) }, RANGE)).toEqual(READ);
  });

  it('of the developer token keeps the other accounts back too', async () => {
    const ads = await platform(exhausted({ rateScope: 'DEVELOPER', retryDelay: '60s' }), stream(DAY));
    await failureOf(ads.readAccountDays(ACCESS, RANGE));
    const other = { ...ACCESS, externalId: '2222222222', token: new Secret('1//other') };
    const error = await failureOf(ads.readAccountDays(other, RANGE));
    expect([error.failure, error.retryAt]).toEqual(['WAIT', inSeconds(60)]);
    expect(server.calls()).toHaveLength(1);
  });

  it('of one account lets the others go on', async () => {
    const ads = await platform(exhausted({ rateScope: 'ACCOUNT', retryDelay: '60s' }), stream(DAY));
    await failureOf(ads.readAccountDays(ACCESS, RANGE));
    expect(await ads.readAccountDays({ ...ACCESS, externalId: '2222222222' }, RANGE)).toEqual([]);
    expect(server.calls()).toHaveLength(2);
  });

  it('of a moment is sat out', async () => {
    const ads = await platform(exhausted({ rateScope: 'ACCOUNT', retryDelay: '0.05s' }), stream(DAY));
    const gate = gateOf();
    const began = performance.now();
    expect(await ads.readAccountDays({ ...ACCESS, gate }, RANGE)).toEqual(READ);
    expect(performance.now() - began).toBeGreaterThanOrEqual(49);
    expect(gate.closed).toHaveLength(1);
  });

  it.each<[string, Reply, number]>([
    ['a day’s calls, without a time', failure('quotaError', 'RESOURCE_EXHAUSTED', { status: 429 }), 3600],
    ['Retry-After', { status: 429, body: '', headers: { 'retry-after': '120' } }, 120],
    ['Retry-After of a server error', { status: 503, body: '', headers: { 'retry-after': '120' } }, 120],
    [
      'a date',
      { status: 503, body: '', headers: { 'retry-after': new Date(NOW.getTime() + 90_000).toUTCString() } },
      90,
    ],
    ['the longer of both', exhausted({ retryDelay: '30s' }, { 'retry-after': '40' }), 40],
    ['far too much', exhausted({ retryDelay: '99999999s' }), 86_400],
    [
      'google.rpc.RetryInfo',
      {
        status: 429,
        body: { error: { code: 429, status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '33s' }] } },
      },
      33,
    ],
  ])('by %s', async (_what, reply, seconds) => {
    const ads = await platform(reply);
    const gate = gateOf();
    const error = await failureOf(ads.readAccountDays({ ...ACCESS, gate }, RANGE));
    expect([error.failure, error.retryAt]).toEqual(['WAIT', inSeconds(seconds)]);
    expect([gate.closed.length, server.calls().length]).toEqual([1, 1]);
  });

  it('for too many calls a second is tried in place, then told', async () => {
    const busy = failure('quotaError', 'RESOURCE_TEMPORARILY_EXHAUSTED', { status: 429 });
    const ads = await platform(busy, busy, stream(DAY));
    expect(await ads.readAccountDays(ACCESS, RANGE)).toEqual(READ);
    await server.close();
    const stubborn = await platform(busy);
    const error = await failureOf(stubborn.readAccountDays(ACCESS, RANGE));
    expect([error.failure, error.retryAt]).toEqual(['WAIT', inSeconds(60)]);
    expect(server.calls()).toHaveLength(QUICK.tries);
  });
});

it('ends at once when its signal does, with the signal’s reason', async () => {
  server = await startAds(() => ({ status: 500 }));
  const stop = new AbortController();
  const ads = google(server, { retries: { ...QUICK, baseMs: 60_000, capMs: 60_000, random: () => 0.99 } });
  const read = ads.readAccountDays({ ...ACCESS, signal: stop.signal }, RANGE);
  stop.abort(new Error('stopped'));
  await expect(read).rejects.toThrow('stopped');
});

it('says which settings are missing, and calls nobody', async () => {
  server = await startAds(() => stream(DAY), issued);
  const ads = google(server, { clientSecret: undefined, developerToken: undefined });
  expect(ads.unset).toEqual(['GOOGLE_CLIENT_SECRET', 'GOOGLE_DEVELOPER_TOKEN']);
  const structure = ads.readStructure(ACCESS)[Symbol.asyncIterator]();
  const insights = ads.readInsights(ACCESS, RANGE)[Symbol.asyncIterator]();
  for (const call of [
    ads.checkCredential(ACCESS),
    ads.describeAccount(ACCESS),
    ads.listAccounts(ACCESS),
    ads.restatementDays(ACCESS),
    ads.readAccountDays(ACCESS, RANGE),
    structure.next(),
    insights.next(),
  ]) {
    const error = await failureOf(call);
    expect(error.failure).toBe('FIX');
    expect(error.message).toContain('set GOOGLE_CLIENT_SECRET, GOOGLE_DEVELOPER_TOKEN');
  }
  expect(server.requests).toEqual([]);
});
