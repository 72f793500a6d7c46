import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { GraphOptions } from '../../../../src/connectors/ads/meta/api.ts';
import { appSecretProof, createGraph } from '../../../../src/connectors/ads/meta/api.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import type { TestServer } from '../../../lib/httpServer.ts';
import type { Reply } from './graphServer.ts';
import { failureOf, graphOptions, NOW, refused, startGraph, TOKEN } from './graphServer.ts';
import { waitFor } from '../../../support/waitFor.ts';

const PROOF = '776b0354af07c90697e65960616fc46c34cc24910d1376e3df1c31741ee4a845';
const list = z.object({ data: z.array(z.unknown()) });
let server: TestServer;

afterEach(() => server.close());

interface Asked {
  options?: Partial<GraphOptions>;
  limit?: number;
  signal?: AbortSignal;
}

async function ask(replies: Reply[], { options = {}, ...more }: Asked = {}) {
  server = await startGraph(replies);
  const graph = createGraph(graphOptions(server.url, options));
  return graph({ path: 'me/adaccounts', token: new Secret(TOKEN), accountId: '1000000001', ...more }, list);
}

const limits = (): (string | null)[] => server.requests.map((request) => request.query.get('limit'));

describe('a call', () => {
  test('goes to the version, with the token in its header and nowhere else', async () => {
    await ask([{}], { limit: 500 });
    const [request] = server.requests;
    expect(request?.path).toBe('/v26.0/me/adaccounts');
    expect(request?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(Object.fromEntries(request?.query ?? [])).toEqual({ limit: '500' });
  });

  test('carries a proof of the app secret when there is one', async () => {
    expect(appSecretProof(new Secret('app-secret-0001'), new Secret(TOKEN))).toBe(PROOF);
    await ask([{}], { options: { appSecret: new Secret('app-secret-0001') } });
    expect(server.requests[0]?.query.get('appsecret_proof')).toBe(PROOF);
  });

  test('the signal ends it quickly with its reason, also while it pauses', async () => {
    const stop = new AbortController();
    const reason = new Error('the process stops');
    const retries = { tries: 6, baseMs: 60_000, capMs: 60_000, random: () => 0.99 };
    let calls = 0;
    const random = (): number => {
      calls += 1;
      return 0.99;
    };
    const pending = ask([refused(2)], {
      options: { retries: { ...retries, random } },
      signal: stop.signal,
    });
    await waitFor(() => calls > 0, { what: 'the first answer' });
    stop.abort(reason);
    const started = performance.now();
    await expect(pending).rejects.toBe(reason);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(server.requests).toHaveLength(1);
  });
});

describe('a passing fault is tried six times, then RETRY', () => {
  test.each<[string, Reply]>([
    ['HTML', { status: 503, body: '<html><body>Sorry</body></html>' }],
    ['HTML with status 200', { body: '<!doctype html>' }],
    ['an empty body', { body: '' }],
    ['JSON that is cut off', { body: '{"data":[{"id":"1"' }],
    ['a number too large for JSON', { body: '{"data":1e400}' }],
    ['another type', { body: [1, 2] }],
    ['null', { body: 'null' }],
    ['another shape', { body: { data: 'none' } }],
    ['a refusal without a code', { status: 400, body: { error: { message: 'x' } } }],
    ['a redirect', { status: 302, headers: { location: '/v26.0/elsewhere' }, body: '' }],
    ['500 without a body', { status: 500, body: '' }],
    ['502', { status: 502, body: 'Bad Gateway' }],
    ['504', { status: 504, body: '' }],
    ['code 2', refused(2, undefined, { status: 503 })],
    ['an unknown code with 5xx', refused(98_765, undefined, { status: 500 })],
    ['a closed connection', { hangUp: true }],
    ['a body that breaks off', { headers: { 'content-length': '5000' }, body: '{"data":[' }],
  ])('%s', async (_name, reply) => {
    const started = ask([reply], { options: { timeoutMs: 150 } });
    expect((await failureOf(started)).failure).toBe('RETRY');
    expect(server.requests).toHaveLength(6);
  });

  test('and succeeds when it passes', async () => {
    const answer = await ask([{ hangUp: true }, refused(2), { body: '<html>' }, { body: { data: [1] } }]);
    expect(answer.value).toEqual({ data: [1] });
    expect(server.requests).toHaveLength(4);
  });

  test('a short Retry-After is sat out, a long one is given to the caller', async () => {
    const short = { status: 503, headers: { 'retry-after': '1' }, body: '' };
    const started = performance.now();
    await ask([short, {}]);
    expect(performance.now() - started).toBeGreaterThan(950);
    await server.close();
    const error = await failureOf(ask([{ status: 503, headers: { 'retry-after': '120' }, body: '' }]));
    expect(error).toMatchObject({ failure: 'WAIT', retryAt: new Date(NOW.getTime() + 120_000) });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a refusal that time alone does not cure ends at once', () => {
  const regain = (minutes: number): Record<string, string> => ({
    'X-Business-Use-Case-Usage': JSON.stringify({
      '1000000001': [{ type: 'ads_insights', call_count: 97, estimated_time_to_regain_access: minutes }],
    }),
  });

  test.each<[string, Reply, object]>([
    ['a dead token', refused(190, 463), { failure: 'REAUTHORIZE', vendorCode: '190/463', status: 400 }],
    [
      'a lost permission',
      refused(200, undefined, { status: 403 }),
      { failure: 'REAUTHORIZE', vendorCode: '200' },
    ],
    ['a removed version', refused(2635), { failure: 'FIX', vendorCode: '2635' }],
    ['an unknown code', refused(98_765), { failure: 'FIX' }],
    ['an outdated cursor', refused(2642), { failure: 'RETRY', vendorCode: '2642' }],
    [
      'a throttled account',
      refused(80_000, 2446079, { headers: regain(19) }),
      { failure: 'WAIT', retryAt: new Date(NOW.getTime() + 19 * 60_000) },
    ],
    [
      '429 without a body',
      { status: 429, body: '' },
      { failure: 'WAIT', retryAt: new Date(NOW.getTime() + 300_000) },
    ],
  ])('%s', async (_name, reply, expected) => {
    expect(await failureOf(ask([reply]))).toMatchObject(expected);
    expect(server.requests).toHaveLength(1);
  });

  test("a FIX tells Meta's own words without the token", async () => {
    const error = await failureOf(ask([refused(100)]));
    expect(error.message).toContain('(#100) Something about [removed]');
  });

  test('a token that cannot be sent is a FIX and is not quoted', async () => {
    server = await startGraph([{}]);
    const graph = createGraph(graphOptions(server.url));
    const token = new Secret(`${TOKEN}\nx`);
    const error = await failureOf(graph({ path: 'me', token, accountId: '' }, list));
    expect(error.failure).toBe('FIX');
    expect(server.requests).toHaveLength(0);
  });
});

describe('too much data', () => {
  const tooMuch = refused(1, undefined, { status: 500 });

  test('halves the limit and keeps the one that worked', async () => {
    const answer = await ask([tooMuch, refused(1, 99, { status: 500 }), {}], { limit: 500 });
    expect(limits()).toEqual(['500', '250', '125']);
    expect(answer.limit).toBe(125);
  });

  test('still six tries, and never less than one row', async () => {
    await failureOf(ask([tooMuch], { limit: 3 }));
    expect(limits()).toEqual(['3', '1', '1', '1', '1', '1']);
  });

  test('without a limit it is an ordinary passing fault', async () => {
    expect((await failureOf(ask([tooMuch]))).failure).toBe('RETRY');
    expect(limits()).toEqual(Array(6).fill(null));
  });

  test('other passing faults keep the limit', async () => {
    await ask([refused(2), { hangUp: true }, {}], { limit: 500 });
    expect(limits()).toEqual(['500', '500', '500']);
  });
});
