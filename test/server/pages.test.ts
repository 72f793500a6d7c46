import { request } from 'node:http';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { openBrowser, signInWith } from '../support/browser.ts';
import { createPerson } from '../support/people.ts';
import { openRawSocket, WAYS } from '../support/ways.ts';

const FRIEND = 'https://dashboard.example.com';
const STRANGER = 'https://evil.example.com';
const MUTATION =
  'mutation { createClient(input: { name: "Forged", timezone: "UTC", currency: "EUR" }) { client { id } } }';

let test: TestApp;

beforeAll(async () => {
  test = await startTestApp({ jobs: false, config: { allowedOrigins: [FRIEND] } });
});
afterAll(() => test.stop());

const clients = () => test.app.ctx.db.staff.prisma.client.count();
const admin = () => ({ authorization: `Bearer ${test.adminKey}` });

describe('what a page can post without asking first has no effect', () => {
  const form = (fields: Record<string, string>) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.set(name, value);
    return data;
  };
  const json = JSON.stringify({ query: MUTATION });
  const bodies: [string, () => { body: BodyInit; type?: string }][] = [
    ['a form', () => ({ body: new URLSearchParams({ query: MUTATION }) })],
    ['a form with parts', () => ({ body: form({ query: MUTATION }) })],
    ['an upload', () => ({ body: form({ operations: json, map: '{}' }) })],
    ['plain text', () => ({ body: json, type: 'text/plain' })],
    ['plain text that calls itself JSON', () => ({ body: json, type: 'text/plain; application/json' })],
    ['JSON beside plain text', () => ({ body: json, type: 'text/plain, application/json' })],
    ['no type', () => ({ body: new Blob([json]) })],
    ['a document alone', () => ({ body: MUTATION, type: 'application/graphql' })],
    ['JSON in UTF-16', () => ({ body: json, type: 'application/json; charset=utf-16' })],
  ];

  it.each(bodies)('%s', async (_what, make) => {
    const { body, type } = make();
    const answer = await fetch(test.graphqlUrl, {
      method: 'POST',
      headers: { ...admin(), ...(type === undefined ? {} : { 'content-type': type }) },
      body,
    });
    expect(answer.status).toBe(415);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    expect(await clients()).toBe(0);
  });

  it('a mutation in a link', async () => {
    const target = { url: test.graphqlUrl, key: test.adminKey };
    const { status, codes, headers } = await WAYS.GET(target, { query: MUTATION });
    expect([status, codes, headers?.get('allow')]).toEqual([405, ['BAD_USER_INPUT'], 'POST']);
    expect(await clients()).toBe(0);
  });

  it('while the same mutation as JSON has one', async () => {
    const target = { url: test.graphqlUrl, key: test.adminKey };
    expect((await WAYS.POST(target, { query: MUTATION })).codes).toEqual([]);
    expect(await clients()).toBe(1);
  });
});

describe('other pages', () => {
  const preflight = (origin: string) =>
    fetch(test.graphqlUrl, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
  const ask = (origin: string) =>
    fetch(test.graphqlUrl, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json', ...admin() },
      body: JSON.stringify({ query: '{ __typename }' }),
    });

  it.each([STRANGER, 'null', `${FRIEND}.evil.example.com`, 'http://dashboard.example.com'])(
    '%s may not read our answers',
    async (origin) => {
      for (const answer of [await preflight(origin), await ask(origin)]) {
        expect(answer.headers.get('access-control-allow-origin')).toBeNull();
        expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
      }
    },
  );

  it('on the list may', async () => {
    for (const answer of [await preflight(FRIEND), await ask(FRIEND)]) {
      expect(answer.headers.get('access-control-allow-origin')).toBe(FRIEND);
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
      expect(answer.headers.get('vary')).toContain('Origin');
    }
  });
});

describe('a WebSocket', () => {
  async function upgrade(origin: string | null, path = '/graphql'): Promise<number> {
    const socket = new WebSocket(test.app.http.url.replace('http', 'ws') + path, 'graphql-transport-ws', {
      ...(origin === null ? {} : { headers: { origin } }),
    });
    const status = await Promise.race([
      once(socket, 'open').then(() => 101),
      once(socket, 'unexpected-response').then(([, answer]) => (answer as IncomingMessage).statusCode ?? 0),
    ]);
    socket.on('error', () => undefined);
    socket.terminate();
    return status;
  }

  it.each([STRANGER, 'null', `${FRIEND}.evil.example.com`])(
    'from %s is refused before the upgrade',
    async (origin) => {
      expect(await upgrade(origin)).toBe(403);
    },
  );

  it('from our own host, from the list, or from no page at all is taken', async () => {
    for (const origin of [test.app.http.url, FRIEND, null]) expect(await upgrade(origin)).toBe(101);
  });

  it('from another port of our host is refused', async () => {
    expect(await upgrade('http://127.0.0.1:1')).toBe(403);
  });

  it('takes a session only from a page whose origin was checked', async () => {
    const person = await createPerson(test.system, { name: 'Paige' });
    const browser = openBrowser(test.graphqlUrl);
    await signInWith(browser, person.email, person.password);
    const whoIs = async (headers: Record<string, string>) => {
      const socket = await openRawSocket({ url: test.graphqlUrl, key: null }, headers);
      const payload = { query: '{ viewer { name } }' };
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
      const [message] = (await once(socket, 'message')) as [Buffer];
      socket.terminate();
      return message.toString('utf8');
    };
    const cookie = browser.cookie();
    expect(await whoIs({ cookie, origin: test.app.http.url })).toContain('Paige');
    expect(await whoIs({ cookie })).toContain('UNAUTHENTICATED');
  });

  it('on another path is 404', async () => {
    expect(await upgrade(null, '/elsewhere')).toBe(404);
  });
});

describe('every answer', () => {
  /** Node's own client sends what `fetch` would not. */
  async function answer(path: string, options: { method?: string; body?: string; type?: string } = {}) {
    const sent = request(`${test.app.http.url}${path}`, {
      method: options.method ?? 'GET',
      headers: { 'content-type': options.type ?? 'application/json' },
    });
    sent.end(options.body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return response;
  }

  it.each([
    ['a query', '/graphql?query={__typename}', {}, 200],
    ['a refusal', '/graphql', { method: 'POST', body: '{' }, 400],
    ['another type', '/graphql', { method: 'POST', body: 'x', type: 'text/plain' }, 415],
    ['another method', '/graphql', { method: 'PUT' }, 405],
    ['a body that is too large', '/graphql', { method: 'POST', body: ' '.repeat(300_000) }, 413],
    ['nothing there', '/elsewhere', {}, 404],
    ['health', '/health/live', {}, 200],
  ])('%s has the headers', async (_what, path, options, status) => {
    const { statusCode, headers } = await answer(path, options);
    expect(statusCode).toBe(status);
    expect(headers['content-type']).toMatch(/^application\/json\b/);
    expect(headers['content-security-policy']).toMatch(/^default-src 'self'; .*frame-ancestors 'none'/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': expect.stringContaining('max-age=') as string,
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['x-powered-by']).toBeUndefined();
    if (path.startsWith('/graphql') && status === 200) expect(headers['cache-control']).toBe('no-store');
  });
});
