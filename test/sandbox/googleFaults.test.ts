import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GOOGLE_FAULTS, INVALID_GRANT, quota } from '../../sandbox/google/presets.ts';
import { startSandbox, type Sandbox } from '../../sandbox/index.ts';
import { failureOf, post, rowsOf, stream, TAU, ZIELONA, type Asked } from './google.ts';
import { NOW, type Wire } from './graph.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ now: () => NOW });
});
afterEach(() => {
  sandbox.google.faults.clear();
  sandbox.google.ledger.clear();
  sandbox.google.setNow(null);
});
afterAll(() => sandbox.close());

const DAY = '2026-11-01';
const QUERY = `SELECT campaign.id, segments.date, metrics.cost_micros FROM campaign WHERE segments.date = '${DAY}'`;
const ask = (asked: Asked = ZIELONA, query = QUERY) => stream(sandbox, asked, query);
const statuses = async (calls: number, asked?: Asked) => {
  const list = [];
  for (let i = 0; i < calls; i++) list.push((await ask(asked)).status);
  return list;
};

describe('a failure', () => {
  it('says how long a limit lasts, wrapped in a list in a stream only', async () => {
    sandbox.google.faults.add({ times: 2, reply: GOOGLE_FAULTS.dailyQuota });
    const answer = await ask();
    expect(answer.status).toBe(429);
    expect(answer.json).toMatchObject([{ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }]);
    expect(failureOf(answer)).toMatchObject({
      errorCode: { quotaError: 'RESOURCE_EXHAUSTED' },
      details: { quotaErrorDetails: { rateScope: 'DEVELOPER', retryDelay: '8962s' } },
    });
    const page = await post(sandbox, ZIELONA, { method: 'search', body: { query: QUERY } });
    expect(page.json).toMatchObject({ error: { code: 429 } });
    expect((await ask()).status).toBe(200);
  });

  it.each([
    [GOOGLE_FAULTS.internal, 500, 'INTERNAL'],
    [GOOGLE_FAULTS.transient, 503, 'UNAVAILABLE'],
    [GOOGLE_FAULTS.deadline, 504, 'DEADLINE_EXCEEDED'],
    [GOOGLE_FAULTS.tokenExpired, 401, 'UNAUTHENTICATED'],
    [GOOGLE_FAULTS.notEnabled, 403, 'PERMISSION_DENIED'],
    [quota('0.5s', 'RESOURCE_TEMPORARILY_EXHAUSTED'), 429, 'RESOURCE_EXHAUSTED'],
  ] as const)('%j answers %i', async (reply, status, name) => {
    sandbox.google.faults.add({ reply });
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject([{ error: { code: status, status: name } }]);
    expect(failureOf(answer)).toMatchObject({ errorCode: reply.errorCode });
  });

  it('can be a page for people', async () => {
    sandbox.google.faults.add({ reply: GOOGLE_FAULTS.html503 });
    const answer = await ask();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'text/html; charset=UTF-8']);
  });
});

describe('which calls', () => {
  it('goes by customer, query and path', async () => {
    const { reply } = { reply: GOOGLE_FAULTS.internal };
    sandbox.google.faults.add({
      match: { customer: TAU.customer },
      times: Infinity,
      reply: GOOGLE_FAULTS.permission,
    });
    sandbox.google.faults.add({ match: { query: /FROM\s+ad_group\b/ }, times: Infinity, reply });
    sandbox.google.faults.add({ match: { path: 'googleAds:search', query: 'nothing like it' }, reply });
    expect((await ask(TAU)).status).toBe(403);
    expect((await ask()).status).toBe(200);
    expect((await ask(ZIELONA, 'SELECT ad_group.id FROM ad_group')).status).toBe(500);
    expect((await ask(ZIELONA, 'SELECT ad_group_ad.ad.id FROM ad_group_ad')).status).toBe(200);
  });

  it('strikes the n-th, after some, or some by chance and seed', async () => {
    sandbox.google.faults.add({ match: { nth: 2 }, reply: GOOGLE_FAULTS.internal });
    expect(await statuses(3)).toEqual([200, 500, 200]);
    sandbox.google.faults.clear();
    sandbox.google.faults.add({ match: { after: 1 }, times: 2, reply: GOOGLE_FAULTS.internal });
    expect(await statuses(4)).toEqual([200, 500, 500, 200]);
    sandbox.google.faults.clear();
    sandbox.google.faults.add({ probability: 0.5, times: Infinity, reply: GOOGLE_FAULTS.internal });
    const drawn = await statuses(20);
    expect(new Set(drawn)).toEqual(new Set([200, 500]));
  });

  it('comes over HTTP, too', async () => {
    const url = `${sandbox.urls.google}/_sandbox/faults`;
    const add = (fault: unknown) => fetch(url, { method: 'POST', body: JSON.stringify(fault) });
    const reply = { kind: 'error', errorCode: { quotaError: 'RESOURCE_EXHAUSTED' }, message: 'No.' };
    expect(
      (await add({ match: { query: { pattern: 'from CAMPAIGN', flags: 'i' } }, times: 'always', reply }))
        .status,
    ).toBe(201);
    expect((await add({ match: { account: 'x' }, reply })).status).toBe(400);
    expect(await statuses(2)).toEqual([429, 429]);
    await fetch(url, { method: 'DELETE' });
    expect(await statuses(1)).toEqual([200]);
  });
});

describe('an answer that is not whole', () => {
  it('ends early', async () => {
    sandbox.google.faults.add({ reply: { kind: 'truncate', atBytes: 150 } });
    const answer = await ask();
    expect([answer.status, answer.text.length, answer.json]).toEqual([200, 150, undefined]);
    expect(
      sandbox.google.ledger.rows({ customerId: ZIELONA.customer, level: 'campaign', date: DAY }),
    ).toEqual([]);
  });

  it('breaks off, or never comes', async () => {
    sandbox.google.faults.add({ reply: { kind: 'close', atBytes: 50 } });
    await expect(ask()).rejects.toThrow();
    sandbox.google.faults.add({ reply: { kind: 'hang', ms: 10 } });
    await expect(ask()).rejects.toThrow();
    const requests = sandbox.google.ledger.requests();
    expect(requests.map(({ status, fault }) => [status, fault])).toEqual([
      [0, 'close'],
      [0, 'hang'],
    ]);
  });

  it('comes without rows, twice or late, and the ledger knows', async () => {
    const what = { customerId: ZIELONA.customer, level: 'campaign', date: DAY } as const;
    const whole = await rowsOf(sandbox, ZIELONA, QUERY);
    const served = sandbox.google.ledger.rows(what);
    sandbox.google.faults.add({ reply: { kind: 'empty' } });
    expect(await rowsOf(sandbox, ZIELONA, QUERY)).toEqual([]);
    expect(sandbox.google.ledger.rows(what)).toEqual([]);
    sandbox.google.faults.add({ reply: { kind: 'duplicate', what: 'chunks' } });
    expect(await rowsOf(sandbox, ZIELONA, QUERY)).toEqual([...whole, ...whole]);
    expect(sandbox.google.ledger.rows(what)).toEqual(served);
    sandbox.google.faults.add({ reply: { kind: 'duplicate', what: 'rows' } });
    expect(await rowsOf(sandbox, ZIELONA, QUERY)).toEqual([...whole, ...whole]);
    sandbox.google.faults.add({ reply: { kind: 'delay', ms: 5 } });
    expect(await rowsOf(sandbox, ZIELONA, QUERY)).toEqual(whole);
  });

  it('can be changed in any way', async () => {
    const rewrite = (json: unknown) =>
      (json as { results: Wire[] }[]).map((chunk) => ({
        ...chunk,
        results: chunk.results.map((row) => ({ ...row, metrics: { costMicros: '1000000' } })),
      })) as never;
    sandbox.google.faults.add({ reply: { kind: 'rewrite', rewrite } });
    const rows = await rowsOf(sandbox, ZIELONA, QUERY);
    expect(sandbox.google.ledger.spend(ZIELONA.customer, DAY)).toBe(`${rows.length}.00`);
  });
});

describe('authorisations', () => {
  const refresh = async (refresh_token: string) => {
    const form = { client_id: '42', client_secret: 'any', grant_type: 'refresh_token', refresh_token };
    const answer = await fetch(`${sandbox.urls.google}/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    return { status: answer.status, json: (await answer.json()) as Record<string, string> };
  };
  const access = async (refreshToken: string) => (await refresh(refreshToken)).json['access_token'] ?? '';

  it('come without a browser for tokens of the sandbox, and end after an hour', async () => {
    const token = await access('sandbox-tau-coffee');
    expect(token).toMatch(/^ya29\./);
    const asked = { ...TAU, token };
    expect(await statuses(1, asked)).toEqual([200]);
    sandbox.google.setNow(new Date(NOW.getTime() + 3_598_000));
    expect(await statuses(1, asked)).toEqual([200]);
    sandbox.google.setNow(new Date(NOW.getTime() + 3_599_000));
    expect(failureOf(await ask(asked))).toMatchObject({
      errorCode: { authenticationError: 'OAUTH_TOKEN_EXPIRED' },
    });
    expect(await statuses(1, { ...TAU, token: await access('sandbox-tau-coffee') })).toEqual([200]);
  });

  it('can be refused, ended and taken back', async () => {
    expect(await refresh('sandbox-revoked')).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    expect((await refresh('other')).status).toBe(400);
    sandbox.google.faults.add(INVALID_GRANT);
    expect(await refresh('sandbox-x')).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    sandbox.google.faults.clear();
    const token = await access('sandbox-mine');
    sandbox.google.expireAll();
    expect(failureOf(await ask({ ...TAU, token }))).toMatchObject({
      errorCode: { authenticationError: 'OAUTH_TOKEN_EXPIRED' },
    });
    const second = await access('sandbox-mine');
    sandbox.google.revoke('sandbox-mine');
    expect(failureOf(await ask({ ...TAU, token: second }))).toMatchObject({
      errorCode: { authenticationError: 'OAUTH_TOKEN_REVOKED' },
    });
    expect((await refresh('sandbox-mine')).status).toBe(400);
    expect((await refresh('sandbox-yours')).status).toBe(200);
  });

  it('leaves tokens alone unless a fault names their path', async () => {
    sandbox.google.faults.add({ times: Infinity, reply: GOOGLE_FAULTS.internal });
    expect((await refresh('sandbox-x')).status).toBe(200);
  });
});
