import { afterEach, describe, expect, test } from 'vitest';
import { createGraph } from '../../../../src/connectors/ads/meta/api.ts';
import type { PagesOptions } from '../../../../src/connectors/ads/meta/pages.ts';
import { pages } from '../../../../src/connectors/ads/meta/pages.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import type { TestServer } from '../../../lib/httpServer.ts';
import type { Reply } from './graphServer.ts';
import { collect, failureOf, graphOptions, refused, startGraph, TOKEN } from './graphServer.ts';

let server: TestServer;
afterEach(() => server.close());

/** A page as Meta sends it; `next` points elsewhere, so that following it would be seen. */
const page = (data: unknown[], after?: string, next = true): Reply => ({
  body: {
    data,
    paging: {
      cursors: after === undefined ? {} : { before: 'b', after },
      ...(next ? { next: `http://127.0.0.1:9/stolen?access_token=${TOKEN}&after=${after}` } : {}),
    },
  },
});

async function read(replies: Reply[], options: PagesOptions = {}): Promise<unknown[][]> {
  server = await startGraph(replies);
  const graph = createGraph(graphOptions(server.url));
  const call = {
    path: 'act_1/ads',
    params: { fields: 'id' },
    limit: 100,
    token: new Secret(TOKEN),
    accountId: '1',
  };
  return (await collect(pages(graph, call, options))).map((one) => one.rows);
}

const cursors = (): (string | null)[] => server.requests.map((request) => request.query.get('after'));

describe('pages', () => {
  test('goes by the cursor and keeps the other parameters; the end is a missing next', async () => {
    expect(await read([page([1, 2], 'A'), page([3], 'B'), page([4], 'C', false)])).toEqual([
      [1, 2],
      [3],
      [4],
    ]);
    expect(cursors()).toEqual([null, 'A', 'B']);
    expect(server.requests.map((request) => request.query.get('fields'))).toEqual(['id', 'id', 'id']);
  });

  test('no paging at all is the only page', async () => {
    expect(await read([{ body: { data: [] } }])).toEqual([[]]);
  });

  test('an empty page with a next one goes on, and a repeated page with a new cursor too', async () => {
    expect(await read([page([], 'A'), page([1], 'B'), page([1], 'C'), page([2], 'D', false)])).toEqual([
      [],
      [1],
      [1],
      [2],
    ]);
  });

  test.each([
    ['the same cursor again', [page([1], 'A'), page([1], 'A')], 2],
    ['a cursor of before', [page([1], 'A'), page([2], 'B'), page([3], 'A')], 3],
    ['a next page without a cursor', [page([1])], 1],
  ])('%s ends with RETRY instead of going in circles', async (_name, replies, calls) => {
    expect((await failureOf(read(replies))).failure).toBe('RETRY');
    expect(server.requests).toHaveLength(calls);
  });

  test('the number of pages is bounded', async () => {
    let n = 0;
    server = await startGraph(() => page([n], `cursor-${(n += 1)}`));
    const graph = createGraph(graphOptions(server.url));
    const call = { path: 'act_1/ads', token: new Secret(TOKEN), accountId: '1' };
    expect((await failureOf(collect(pages(graph, call, { maxPages: 7 })))).failure).toBe('RETRY');
    expect(server.requests).toHaveLength(7);
  });

  test('a fault on a later page is tried again at the same cursor, with the limit that works from then on', async () => {
    const tooMuch = refused(1, undefined, { status: 500 });
    const replies = [page([1], 'A'), tooMuch, { body: '<html>' }, page([2], 'B'), page([3], 'C', false)];
    expect(await read(replies)).toEqual([[1], [2], [3]]);
    expect(cursors()).toEqual([null, 'A', 'A', 'A', 'B']);
    expect(server.requests.map((request) => request.query.get('limit'))).toEqual([
      '100',
      '100',
      '50',
      '50',
      '50',
    ]);
  });

  test('an outdated cursor starts the list again, once', async () => {
    const outdated = refused(2642);
    expect(await read([page([1], 'A'), outdated, page([1], 'X'), page([2], 'Y', false)])).toEqual([
      [1],
      [1],
      [2],
    ]);
    expect(cursors()).toEqual([null, 'A', null, 'X']);
    await server.close();
    const error = await failureOf(read([page([1], 'A'), outdated, page([1], 'B'), outdated]));
    expect(error).toMatchObject({ failure: 'RETRY', vendorCode: '2642' });
    expect(server.requests).toHaveLength(4);
  });

  test('goes on from a place, and begins the list again when the place is no longer valid', async () => {
    const from = { after: 'B', limit: 50 };
    expect(await read([page([3], 'C'), page([4], 'D', false)], { from })).toEqual([[3], [4]]);
    expect(cursors()).toEqual(['B', 'C']);
    expect(server.requests[0]?.query.get('limit')).toBe('50');
    await server.close();
    expect(await read([refused(2642), page([1], 'A', false)], { from })).toEqual([[1]]);
    expect(cursors()).toEqual(['B', null]);
  });

  test('every page tells where it goes on, the last one nothing', async () => {
    server = await startGraph([page([1], 'A'), page([2], 'B', false)]);
    const graph = createGraph(graphOptions(server.url));
    const call = { path: 'act_1/ads', token: new Secret(TOKEN), accountId: '1', limit: 9 };
    const places = (await collect(pages(graph, call))).map((one) => one.next);
    expect(places).toEqual([{ after: 'A', limit: 9 }, null]);
  });
});
