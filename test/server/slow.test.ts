import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type WebSocket from 'ws';
import { encodeNodeId } from '../../src/schema/ids.ts';
import type { RunProgress } from '../../src/pubsub.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { waitFor } from '../support/waitFor.ts';
import { openRawSocket, WAYS } from '../support/ways.ts';
import { insertRun } from './run.ts';
import { STREAMS } from './streams.ts';

const MESSAGES = 50_000;

let test: TestApp;
let target: { url: string; key: string };

beforeAll(async () => {
  test = await startTestApp({ jobs: false, limits: { backlogBytes: 256 * 1024 } });
  target = { url: test.graphqlUrl, key: test.adminKey };
});
afterAll(() => test.stop());

function progressOf(runId: string, seq: number): RunProgress {
  const message = 'x'.repeat(10_000);
  const counts = { tasksTotal: 2, tasksDone: 1, recordsSynced: seq };
  return { runId, clientId: null, seq, status: 'RUNNING', ...counts, message, at: new Date() };
}

/** Lets everybody else go on before it comes back: messages are delivered, not only replaced by newer ones. */
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** A real socket whose bytes nobody takes from the network. */
async function stalledSocket(query: string, to = target): Promise<WebSocket> {
  const socket = await openRawSocket(to);
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
  await once(socket, 'message');
  socket.pause();
  return socket;
}

describe('50,000 messages to some who do not read', () => {
  it('leave the server alive and the others fast', async () => {
    const runId = await insertRun(test.system);
    const query = `subscription { syncProgress(runId: "${encodeNodeId('SyncRun', runId)}") { seq message } }`;
    const stalled = await Promise.all([1, 2, 3].map(() => stalledSocket(query)));
    const readers = await Promise.all(Object.values(STREAMS).map((begin) => begin({ ...target, query })));
    await waitFor(() => test.app.http.subscriptions() === 6, { what: 'six subscriptions' });
    const before = process.memoryUsage().rss;
    let slowest = 0;
    for (let seq = 1; seq <= MESSAGES; seq++) {
      test.app.ctx.pubsub.publish('runProgress', progressOf(runId, seq));
      if (seq % 40 === 0) await turn();
      if (seq % 5_000 === 0) {
        const start = performance.now();
        expect((await WAYS.POST(target, { query: '{ viewer { name } }' })).codes).toEqual([]);
        slowest = Math.max(slowest, performance.now() - start);
      }
    }
    for (const { heard } of readers) {
      await waitFor(() => JSON.stringify(heard.at(-1))?.includes(`"seq":${MESSAGES}`), {
        what: 'the newest state',
      });
    }
    expect(slowest).toBeLessThan(1_000);
    expect((process.memoryUsage().rss - before) / 1024 / 1024).toBeLessThan(200);
    for (const reader of readers) reader.stop();
    for (const socket of stalled) socket.terminate();
    await waitFor(() => test.app.http.subscriptions() === 0, { what: 'the subscriptions to end' });
  });
});

describe('a socket that sends and does not read', () => {
  it('is cut off before what waits for it grows', async () => {
    const socket = await openRawSocket(target);
    const closed = once(socket, 'close');
    socket.on('error', () => undefined);
    socket.pause();
    const ping = JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(1_000) } });
    await waitFor(
      async () => {
        for (let count = 0; count < 5_000; count++) socket.send(ping);
        await turn();
        return test.logged().includes('a WebSocket that does not read was closed');
      },
      { what: 'the socket to be cut off', within: 15_000 },
    );
    socket.terminate();
    await closed;
    expect((await WAYS.POST(target, { query: '{ __typename }' })).codes).toEqual([]);
  });
});

describe('a socket that is not read any more', () => {
  const stalledIn = async (app: TestApp) => {
    const runId = await insertRun(app.system);
    const query = `subscription { syncProgress(runId: "${encodeNodeId('SyncRun', runId)}") { seq } }`;
    return stalledSocket(query, { url: app.graphqlUrl, key: app.adminKey });
  };

  it('is closed when it answers no ping', async () => {
    const app = await startTestApp({ jobs: false, limits: { pingMs: 100 } });
    const socket = await stalledIn(app);
    await waitFor(() => app.app.http.subscriptions() === 0, { what: 'its subscription to end' });
    socket.terminate();
    await app.stop();
  });

  it('does not keep the server from stopping', async () => {
    const app = await startTestApp({ jobs: false });
    const socket = await stalledIn(app);
    const start = performance.now();
    await app.stop();
    // Left alone, ws waits 30 s for the other side to say goodbye.
    expect(performance.now() - start).toBeLessThan(10_000);
    socket.terminate();
  });
});
