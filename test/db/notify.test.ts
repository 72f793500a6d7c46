import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Listening } from '../../src/db/notify.ts';
import { listen, notify } from '../../src/db/notify.ts';
import { transaction } from '../../src/db/client.ts';
import { createLog } from '../../src/lib/log.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { query } from '../support/query.ts';
import { waitFor } from '../support/waitFor.ts';

let test: TestDatabase;
const open: Listening[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
});
afterEach(() => Promise.all(open.splice(0).map((listening) => listening.close())));
afterAll(() => test.drop());

interface Ear {
  heard: string[];
  connects: number;
  close(): Promise<void>;
}

async function ear(channels: string[], url = test.url): Promise<Ear> {
  const own: Ear = { heard: [], connects: 0, close: () => listening.close() };
  const listening = listen({
    url,
    log: createLog('silent'),
    channels,
    onMessage: (channel, payload) => {
      own.heard.push(`${channel} ${payload}`);
      if (payload === 'poison') throw new Error('a mistake of the listener');
    },
    onConnect: () => (own.connects += 1),
  });
  open.push(listening);
  await waitFor(() => own.connects === 1, { what: 'the connection' });
  return own;
}

const send = (channel: string, payload: string) => notify.run(test.db.pool, channel, payload);
const connections = () =>
  query<{ pid: number }>(
    test.url,
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '/* notify.listen */%'`,
  );

it('hears its channels alone, in their order, whatever their names and whatever a listener does', async () => {
  const odd = 'a "channel";';
  const [both, one] = await Promise.all([ear(['first', odd]), ear(['first'])]);
  await send('first', 'poison');
  await send('other', 'not for us');
  await send(odd, 'two');
  await send('first', 'three');
  await waitFor(() => both.heard.length === 3 && one.heard.length === 2, { what: 'the messages' });
  expect(both.heard).toEqual(['first poison', `${odd} two`, 'first three']);
  expect(one.heard).toEqual(['first poison', 'first three']);
});

it('hears of a transaction when it is committed, and never of one that is not', async () => {
  const { heard } = await ear(['first']);
  const rolledBack = transaction(test.db.pool, async (sql) => {
    await notify.run(sql, 'first', 'rolled back');
    throw new Error('no');
  });
  await expect(rolledBack).rejects.toThrow('no');
  await transaction(test.db.pool, async (sql) => {
    await notify.run(sql, 'first', 'committed');
    await send('first', 'from outside, before the commit');
  });
  await waitFor(() => heard.length === 2, { what: 'the messages' });
  expect(heard).toEqual(['first from outside, before the commit', 'first committed']);
});

it('connects again when the connection is lost, and says so', async () => {
  const own = await ear(['first']);
  const [{ pid } = { pid: 0 }] = await connections();
  await query(test.url, 'SELECT pg_terminate_backend($1)', [pid]);
  await waitFor(() => own.connects === 2, { what: 'the next connection', within: 5_000 });
  await send('first', 'again');
  await waitFor(() => own.heard.includes('first again'), { what: 'a message' });
});

it('leaves no connection behind when it is closed, also before it is there', async () => {
  const own = await ear(['first']);
  await own.close();
  await waitFor(async () => (await connections()).length === 0, { what: 'the connection to end' });
  const never = listen({
    url: 'postgresql://nobody@127.0.0.1:1/nowhere',
    log: createLog('silent'),
    channels: ['first'],
    onMessage: () => undefined,
  });
  const start = performance.now();
  await never.close();
  expect(performance.now() - start).toBeLessThan(1_500);
});
