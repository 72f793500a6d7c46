import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { HttpRequest } from '../../src/lib/http.ts';
import { HttpError, send } from '../../src/lib/http.ts';
import { waitFor } from '../support/waitFor.ts';
import type { TestServer } from './httpServer.ts';
import { startServer } from './httpServer.ts';

const CANARY = 'canary-4f1c';
const SECRETS = {
  query: { token: `${CANARY}-query`, range: '{"since":"2026-10-01"}' },
  headers: { authorization: `Bearer ${CANARY}-header` },
};
let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function ask(reply: (response: ServerResponse) => void, more: Partial<HttpRequest> = {}) {
  server = await startServer(reply);
  return send({ method: 'GET', url: `${server.url}/v26.0/me`, timeoutMs: 5_000, ...SECRETS, ...more });
}

async function failure(promise: Promise<unknown>): Promise<HttpError> {
  const error: unknown = await promise.then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  if (!(error instanceof HttpError)) throw new Error(`not an HttpError: ${String(error)}`);
  expect(inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error)).not.toContain(CANARY);
  return error;
}

describe('send', () => {
  test('sends the query encoded, the headers and the body, and reads UTF-8', async () => {
    const answer = await ask(
      (response) => response.setHeader('x-app-usage', '{}').end('{"name":"Казахстан 🏔"}'),
      {
        method: 'POST',
        body: 'a=1',
      },
    );
    expect(answer).toMatchObject({ status: 200, text: '{"name":"Казахстан 🏔"}' });
    expect(answer.headers.get('X-App-Usage')).toBe('{}');
    const seen = server?.requests[0];
    expect(seen).toMatchObject({ method: 'POST', path: '/v26.0/me', body: 'a=1' });
    expect(Object.fromEntries(seen?.query ?? [])).toEqual(SECRETS.query);
    expect(seen?.headers.authorization).toBe(SECRETS.headers.authorization);
  });

  test.each([302, 404, 500])('status %i is an answer, and no redirect is followed', async (status) => {
    const answer = await ask((response) =>
      response.writeHead(status, { location: '/elsewhere' }).end('body'),
    );
    expect(answer).toMatchObject({ status, text: 'body' });
    expect(server?.requests).toHaveLength(1);
  });

  test('reads a compressed body and characters cut by a chunk', async () => {
    const bytes = gzipSync('{"name":"Łódź"}');
    const answer = await ask((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bytes.length });
      response.write(bytes.subarray(0, 12));
      response.end(bytes.subarray(12));
    });
    expect(answer.text).toBe('{"name":"Łódź"}');
  });

  test('no answer in time is TIMEOUT, also when the body stalls', async () => {
    expect((await failure(ask(() => undefined, { timeoutMs: 30 }))).kind).toBe('TIMEOUT');
    await server?.close();
    expect((await failure(ask((response) => void response.write('half'), { timeoutMs: 30 }))).kind).toBe(
      'TIMEOUT',
    );
  });

  test('a connection that is refused or reset is LOST', async () => {
    const reset = await failure(ask((response) => void response.socket?.resetAndDestroy()));
    expect(reset.kind).toBe('LOST');
    const gone = await startServer(() => undefined);
    await gone.close();
    const refused = await failure(send({ method: 'GET', url: gone.url, timeoutMs: 5_000, ...SECRETS }));
    expect(refused).toMatchObject({ kind: 'LOST', systemCode: 'ECONNREFUSED' });
  });

  test('a body shorter than its content-length, or a chunked one without its end, is TRUNCATED', async () => {
    const short = ask((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"data":[', () => response.socket?.end());
    });
    expect((await failure(short)).kind).toBe('TRUNCATED');
    await server?.close();
    const chunked = ask((response) => void response.write('{"data":[', () => response.socket?.destroy()));
    expect((await failure(chunked)).kind).toBe('TRUNCATED');
  });

  test('a body beyond maxBytes is TOO_LARGE, counted after decompression, and the connection is given up', async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000, 0x20));
    const big = ask((response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb), {
      maxBytes: 10_000,
    });
    expect((await failure(big)).kind).toBe('TOO_LARGE');
    await server?.close();
    let closed = false;
    const endless = (response: ServerResponse): void => {
      response.socket?.on('close', () => (closed = true));
      response.write(Buffer.alloc(20_000));
    };
    await failure(ask(endless, { maxBytes: 10_000 }));
    await waitFor(() => closed, { what: 'the connection to close' });
  });

  test.each([
    ['a header with a line break', { headers: { authorization: `Bearer ${CANARY}\nx` } }],
    ['an address that is none', { url: `nowhere/${CANARY}` }],
  ])('%s is INVALID and is not quoted', async (_name, wrong) => {
    expect((await failure(ask((response) => response.end(), wrong))).kind).toBe('INVALID');
  });

  test('the signal ends the exchange with its own reason, before and during it', async () => {
    const stop = new AbortController();
    const reason = new Error('the process stops');
    const pending = ask(() => stop.abort(reason), { signal: stop.signal });
    await expect(pending).rejects.toBe(reason);
    await expect(ask((response) => response.end(), { signal: stop.signal })).rejects.toBe(reason);
    expect(server?.requests).toHaveLength(0);
  });
});
