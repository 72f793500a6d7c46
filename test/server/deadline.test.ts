import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { withDeadline } from '../../src/server/deadline.ts';
import { createClient } from '../../src/services/clients/create.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { waitFor } from '../support/waitFor.ts';
import { WAYS } from '../support/ways.ts';
import { insertRun } from './run.ts';
import { STREAMS } from './streams.ts';

let test: TestApp;
let target: { url: string; key: string };

beforeAll(async () => {
  test = await startTestApp({ jobs: false, limits: { deadlineMs: 300 } });
  target = { url: test.graphqlUrl, key: test.adminKey };
  await createClient(test.system, { name: 'Slow', timezone: 'UTC', currency: 'EUR' });
});
afterAll(() => test.stop());

/** Nobody can read the table until `work` is done. */
async function whileLocked(table: string, work: () => Promise<void>): Promise<void> {
  const holder = await test.system.db.pool.connect();
  try {
    await holder.query('BEGIN');
    // As the owner: the process's own role may not lock tables.
    await holder.query('RESET ROLE');
    await holder.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    await work();
  } finally {
    await holder.query('ROLLBACK');
    holder.release(true);
  }
}

describe('an operation that takes too long', () => {
  it.each(Object.entries(WAYS))('is answered with TIMEOUT over %s', async (_name, ask) => {
    await whileLocked('clients', async () => {
      const { codes, data, messages } = await ask(target, { query: '{ clients { nodes { name } } }' });
      expect([codes, data]).toEqual([['TIMEOUT'], null]);
      expect(messages[0]).toContain('0.3 s');
    });
    expect((await ask(target, { query: '{ clients { nodes { name } } }' })).codes).toEqual([]);
  });

  it('begins no more work', async () => {
    await whileLocked('clients', async () => {
      await WAYS.POST(target, { query: '{ clients { nodes { accounts { name } } } }' });
    });
    await WAYS.POST(target, { query: '{ clients { nodes { name } } }' });
    const statements = test.takeQueries().join('\n');
    expect(statements).toContain('"clients"');
    expect(statements).not.toMatch(/ad_accounts|accounts\./);
  });
});

describe('a subscription', () => {
  it('that takes too long to begin is refused, and leaves nothing behind', async () => {
    const runId = await insertRun(test.system);
    const query = `subscription { syncProgress(runId: "${encodeNodeId('SyncRun', runId)}") { seq } }`;
    await whileLocked('runs', async () => {
      expect((await WAYS.SSE(target, { query })).codes).toEqual(['TIMEOUT']);
    });
    await waitFor(() => test.app.http.subscriptions() === 0, { what: 'no subscription' });
  });

  it.each(Object.entries(STREAMS))(
    'lasts longer over %s, each of its events does not',
    async (_name, begin) => {
      const runId = await insertRun(test.system);
      const query = 'subscription { syncCompleted { id } }';
      const before = test.app.http.subscriptions();
      const { heard, codes, stop } = await begin({ ...target, query });
      await waitFor(() => test.app.http.subscriptions() > before, { what: 'the subscription to begin' });
      await whileLocked('runs', async () => {
        test.app.ctx.pubsub.publish('runFinished', { runId, clientId: null });
        await waitFor(() => heard.length === 1, { what: 'the first event' });
      });
      expect(codes()).toEqual(['TIMEOUT']);
      test.app.ctx.pubsub.publish('runFinished', { runId, clientId: null });
      await waitFor(() => heard.length === 2, { what: 'the second event' });
      expect(JSON.stringify(heard[1])).toContain(encodeNodeId('SyncRun', runId));
      stop();
    },
  );
});

describe('withDeadline', () => {
  it('gives the result, and tells nobody to stop', async () => {
    let given: AbortSignal | undefined;
    const work = (signal: AbortSignal) => Promise.resolve((given = signal)).then(() => 'done');
    expect(await withDeadline(1_000, work)).toBe('done');
    expect(given?.aborted).toBe(false);
  });

  it('tells the work to stop, and takes no notice of what becomes of it', async () => {
    const stopped = vi.fn<() => void>();
    const work = (signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          stopped();
          reject(new Error('too late to matter'));
        });
      });
    await expect(withDeadline(5, work)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(stopped).toHaveBeenCalledTimes(1);
  });
});
