import { expect, it } from 'vitest';
import { createPubSub } from '../src/pubsub.ts';
import type { RunProgress, Topic } from '../src/pubsub.ts';

function progress(runId: string, seq: number): RunProgress {
  return {
    runId,
    clientId: null,
    seq,
    status: 'RUNNING',
    tasksTotal: 1,
    tasksDone: 0,
    recordsSynced: seq,
    message: null,
    at: new Date(0),
  };
}

/** Everything a subscriber gets, until it is done or `count` are there. */
async function take<T>(messages: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const message of messages) if (taken.push(message) === count) break;
  return taken;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('listens from the call on and keeps the order', async () => {
  const pubsub = createPubSub();
  pubsub.publish('runProgress', progress('a', 0));
  const messages = pubsub.subscribe('runProgress');
  for (const seq of [1, 2, 3]) pubsub.publish('runProgress', progress('a', seq));
  expect((await take(messages, 3)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
});

it('wakes a subscriber that waits', async () => {
  const pubsub = createPubSub();
  const messages = pubsub.subscribe('runFinished');
  const waiting = [messages.next(), messages.next()];
  pubsub.publish('runFinished', { runId: 'a', clientId: null });
  pubsub.publish('runFinished', { runId: 'b', clientId: null });
  expect((await Promise.all(waiting)).map((result) => (result.value as { runId: string }).runId)).toEqual([
    'a',
    'b',
  ]);
});

it('replaces a waiting message of the same key and leaves the others', async () => {
  const pubsub = createPubSub();
  const messages = pubsub.subscribe('runProgress', { coalesceBy: ({ runId }) => runId });
  for (let seq = 1; seq <= 500; seq++) {
    pubsub.publish('runProgress', progress('a', seq));
    pubsub.publish('runProgress', progress('b', -seq));
  }
  expect((await take(messages, 2)).map(({ runId, seq }) => [runId, seq])).toEqual([
    ['a', 500],
    ['b', -500],
  ]);
});

it('keeps refused messages out of the queue', async () => {
  const pubsub = createPubSub({ queueLimit: 1 });
  const messages = pubsub.subscribe('runProgress', { accepts: ({ runId }) => runId === 'mine' });
  for (let seq = 0; seq < 10; seq++) pubsub.publish('runProgress', progress('other', seq));
  pubsub.publish('runProgress', progress('mine', 1));
  expect(await take(messages, 1)).toMatchObject([{ runId: 'mine' }]);
});

it('closes a subscriber that falls behind, once and with the reason', async () => {
  const overflows: Topic[] = [];
  const pubsub = createPubSub({ queueLimit: 2, onOverflow: (topic) => overflows.push(topic) });
  const slow = pubsub.subscribe('runProgress');
  for (let seq = 0; seq < 10; seq++) pubsub.publish('runProgress', progress('a', seq));
  await expect(slow.next()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  expect(await slow.next()).toMatchObject({ done: true });
  expect(overflows).toEqual(['runProgress']);
});

it('gives one stalled subscriber no power over a hundred others', async () => {
  const pubsub = createPubSub();
  const stalled = pubsub.subscribe('runProgress');
  const complete = Array.from({ length: 50 }, () => ({ seen: 0, last: -1, gaps: 0 }));
  const newest = Array.from({ length: 50 }, () => ({ seen: 0, last: -1, gaps: 0 }));
  const readers = [...complete, ...newest].map(async (reader, index) => {
    const options = index < complete.length ? {} : { coalesceBy: () => '' };
    for await (const { seq } of pubsub.subscribe('runProgress', options)) {
      if (seq !== reader.last + 1) reader.gaps++;
      reader.last = seq;
      reader.seen++;
    }
  });
  const total = 50_000;
  for (let seq = 0; seq < total; seq++) {
    pubsub.publish('runProgress', progress('a', seq));
    if (seq % 50 === 49) await turn();
  }
  await turn();
  pubsub.close();
  await Promise.all(readers);
  expect(complete).toEqual(complete.map(() => ({ seen: total, last: total - 1, gaps: 0 })));
  expect(new Set(newest.map((reader) => reader.last))).toEqual(new Set([total - 1]));
  await expect(stalled.next()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
});

it('asks a subscriber that left nothing more', async () => {
  const pubsub = createPubSub();
  let asked = 0;
  const messages = pubsub.subscribe('runProgress', { accepts: () => ++asked > 0 });
  const waiting = messages.next();
  await messages.return?.();
  pubsub.publish('runProgress', progress('a', 1));
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(asked).toBe(0);
});

it('never lets a subscriber or a listener break the publisher', async () => {
  const pubsub = createPubSub({
    queueLimit: 1,
    onOverflow: () => {
      throw new Error('listener');
    },
  });
  const broken = pubsub.subscribe('runProgress', {
    accepts: () => {
      throw new Error('filter');
    },
  });
  const fine = pubsub.subscribe('runProgress');
  pubsub.publish('runProgress', progress('a', 1));
  expect(await fine.next()).toMatchObject({ value: { seq: 1 } });
  await expect(broken.next()).rejects.toThrow('filter');
  pubsub.publish('runProgress', progress('a', 2));
  pubsub.publish('runProgress', progress('a', 3));
  await expect(fine.next()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
});
