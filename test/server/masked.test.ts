import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpApp } from '../../src/server/httpApp.ts';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { query as onServer } from '../support/query.ts';
import { waitFor } from '../support/waitFor.ts';
import { openRawSocket, WAYS } from '../support/ways.ts';
import { insertRun } from './run.ts';
import { STREAMS } from './streams.ts';

let test: TestApp;
let target: { url: string; key: string };

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  target = { url: test.graphqlUrl, key: test.adminKey };
});
afterAll(() => test.stop());

/** Reading the table fails with a message of the database until `work` is done. */
async function whileBroken(table: string, work: () => Promise<void>): Promise<void> {
  const { url } = test.app.ctx.db.staff;
  await onServer(url, `ALTER TABLE ${table} RENAME TO ${table}_gone`);
  try {
    await work();
  } finally {
    await onServer(url, `ALTER TABLE ${table}_gone RENAME TO ${table}`);
  }
}

/** It says nothing but an id, under which the log has the cause. */
async function expectMasked(text: string, table: string): Promise<void> {
  const [, errorId = 'none'] = /"errorId":"([\w-]+)"/.exec(text) ?? [];
  expect(text).toContain('Something went wrong on our side');
  expect(text).not.toMatch(/does not exist|_gone|prisma|relation|stack|node_modules/i);
  const line = await waitFor(
    () =>
      test
        .logged()
        .split('\n')
        .find((each) => each.includes(errorId)),
    {
      what: `the log to have ${errorId}`,
    },
  );
  expect(line).toContain(table);
}

describe('an unexpected error is masked', () => {
  it.each(Object.entries(WAYS))('in a resolver, over %s', async (_name, ask) => {
    await whileBroken('schedules', async () => {
      const { codes, data, text } = await ask(target, { query: '{ schedules { id } }' });
      expect([codes, data]).toEqual([['INTERNAL'], null]);
      await expectMasked(text, 'schedules');
    });
  });

  it.each(Object.entries(WAYS))('while it is found out who asks, over %s', async (_name, ask) => {
    const { secret } = await createApiKey(test.system, { name: 'k', role: 'ADMIN' });
    await whileBroken('api_keys', async () => {
      const { status, codes, text } = await ask(
        { ...target, key: secret.reveal() },
        { query: '{ __typename }' },
      );
      expect([codes, status]).toEqual([['INTERNAL'], status === null ? null : 500]);
      await expectMasked(text, 'api_keys');
    });
  });

  it.each(Object.entries(STREAMS))('while subscribing, and in an event, over %s', async (_name, begin) => {
    const runId = await insertRun(test.system);
    await whileBroken('runs', async () => {
      const query = `subscription { syncProgress(runId: "${encodeNodeId('SyncRun', runId)}") { seq } }`;
      const { heard, ended } = await begin({ ...target, query });
      await ended();
      await expectMasked(JSON.stringify(heard), 'runs');
    });
    const before = test.app.http.subscriptions();
    const { heard, stop } = await begin({ ...target, query: 'subscription { syncCompleted { id } }' });
    await waitFor(() => test.app.http.subscriptions() > before, { what: 'the subscription to begin' });
    await whileBroken('runs', async () => {
      test.app.ctx.pubsub.publish('runFinished', { runId, clientId: null });
      await waitFor(() => heard.length > 0, { what: 'the event' });
      await expectMasked(JSON.stringify(heard), 'runs');
    });
    stop();
  });

  it('outside of GraphQL', async () => {
    const isReady = () => Promise.reject(new Error('relation "secrets" does not exist'));
    const app = createHttpApp(test.app.ctx, { graphql: null, allowedOrigins: [], isReady });
    const answer = await app.request('/health/ready');
    expect(answer.status).toBe(500);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    await expectMasked(await answer.text(), 'secrets');
  });
});

describe('a message that is not of the protocol', () => {
  it.each(['{', '[]', '{"type":"subscribe"}', '{"id":"1","type":"next","payload":{}}'])(
    '%s closes the socket, and nothing else',
    async (message) => {
      const socket = await openRawSocket(target);
      const closed = new Promise<number>((resolve) => socket.once('close', resolve));
      socket.send(message);
      expect(await closed).toBeGreaterThanOrEqual(1002);
      expect((await WAYS.POST(target, { query: '{ __typename }' })).codes).toEqual([]);
    },
  );
});
