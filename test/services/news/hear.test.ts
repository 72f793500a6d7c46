import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction } from '../../../src/context.ts';
import type { Context } from '../../../src/context.ts';
import { openDatabase } from '../../../src/db/client.ts';
import type { Database } from '../../../src/db/client.ts';
import { startRunner } from '../../../src/jobs/runner.ts';
import { createLog } from '../../../src/lib/log.ts';
import type { RunProgress, Topics } from '../../../src/pubsub.ts';
import { EVENTS_CHANNEL } from '../../../src/pubsub/message.ts';
import { hearOthers } from '../../../src/services/news/hear.ts';
import type { Telling } from '../../../src/services/news/tell.ts';
import { tellOthers } from '../../../src/services/news/tell.ts';
import { cancelRun } from '../../../src/services/runs/cancel.ts';
import { countRunRecords, beginRun, finishRun } from '../../../src/services/runs/sql.ts';
import { watchProgress } from '../../../src/services/runs/watch.ts';
import { createContext, DONE, jobOf, nameOf, registryOf, signal, start, task } from '../../jobs/support.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { waitFor } from '../../support/waitFor.ts';

let test: TestDatabase;
/** Hears every message, as a stranger on the channel would. */
let ear: pg.Client;
const payloads: string[] = [];
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  test = await createTestDatabase({ connections: 8 });
  ear = new pg.Client({ connectionString: test.url });
  await ear.connect();
  ear.on('notification', ({ payload = '' }) => payloads.push(payload));
  await ear.query(`LISTEN ${EVENTS_CHANNEL}`);
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  payloads.length = 0;
});
afterAll(async () => {
  await ear.end();
  await test.drop();
});

interface Process {
  ctx: Context;
  telling: Telling;
  queries: string[];
}

/** A process of its own, as far as messages go. Without `hears` it only does things. */
async function createProcess(options: { hears: boolean }): Promise<Process> {
  const queries: string[] = [];
  const db: Database = openDatabase({
    url: test.url,
    log: createLog('silent'),
    connections: 3,
    onQuery: (text) => queries.push(text),
  });
  ends.push(() => db.close());
  const ctx = createContext(db);
  const telling = tellOthers(ctx);
  ends.push(() => telling.close());
  if (options.hears) {
    const hearing = hearOthers(ctx);
    ends.push(() => hearing.close());
    await heard(ctx);
  }
  return { ctx, telling, queries };
}

/** Resolves when the process listens. */
async function heard(ctx: Context): Promise<void> {
  const id = randomUUID();
  let came = false;
  const messages = ctx.pubsub.subscribe('accessRevoked', {
    accepts: (message) => {
      if (message.id === id) came = true;
      return false;
    },
  });
  const payload = JSON.stringify({ t: 'accessRevoked', kind: 'SESSION', id });
  await waitFor(
    async () => {
      await ear.query('SELECT pg_notify($1, $2)', [EVENTS_CHANNEL, payload]);
      return came;
    },
    { what: 'the process to listen' },
  );
  await messages.return?.();
  await waitFor(() => payloads.includes(payload), { what: 'its message' });
  payloads.length = 0;
}

function keep<T>(messages: AsyncIterable<T>): T[] {
  const kept: T[] = [];
  void (async () => {
    for await (const message of messages) kept.push(message);
  })();
  return kept;
}

/** What a task does to its run, without a task: begins it, counts records, ends it. */
const change = {
  begin: (ctx: Context, runId: string) => beginRun.run(ctx.db.pool, runId),
  count: (ctx: Context, runId: string) => countRunRecords.run(ctx.db.pool, runId, 1),
  finish: (ctx: Context, runId: string) => finishRun.run(ctx.db.pool, runId, 'SUCCEEDED', null, null),
};

describe('a run that another process performs', () => {
  it('is followed change by change, soon, each once, and with a few dozen bytes on the channel', async () => {
    const [worker, api] = [await createProcess({ hears: false }), await createProcess({ hears: true })];
    const { runId } = await start(worker.ctx);
    await change.begin(worker.ctx, runId);
    const states = watchProgress(api.ctx, runId);
    let last = (await states.next()).value as RunProgress;
    const took: number[] = [];
    for (let round = 0; round < 100; round++) {
      await change.count(worker.ctx, runId);
      const changed = performance.now();
      const next = (await states.next()).value as RunProgress;
      took.push(performance.now() - changed);
      expect(next).toMatchObject({ seq: last.seq + 1, recordsSynced: round + 1, status: 'RUNNING' });
      last = next;
    }
    await change.finish(worker.ctx, runId);
    expect((await states.next()).value).toMatchObject({ seq: last.seq + 1, status: 'SUCCEEDED' });
    expect(await states.next()).toMatchObject({ done: true });
    took.sort((a, b) => a - b);
    const [p50 = 0, p95 = 0] = [took[50], took[95]];
    process.stdout.write(
      `a change reaches another process after p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms\n`,
    );
    // Far from the two seconds that reading again would take.
    expect(p50).toBeLessThan(500);
    expect(payloads.length).toBe(102);
    for (const payload of payloads) {
      expect(payload).toMatch(/^\{"t":"run(Progress|Finished)","id":"[0-9a-f-]{36}","seq":\d+\}$/);
    }
  });

  it('ends once for whoever waits for ends, here and there', async () => {
    const [worker, api] = [await createProcess({ hears: true }), await createProcess({ hears: true })];
    const runner = await startRunner(worker.ctx, {
      jobs: registryOf(jobOf(() => Promise.resolve(DONE))),
      concurrency: 2,
    });
    ends.push(() => runner.stop());
    const [there, here] = [worker, api].map(({ ctx }) => keep(ctx.pubsub.subscribe('runFinished')));
    const runIds: string[] = [];
    for (let round = 0; round < 20; round++) runIds.push((await start(api.ctx)).runId);
    await waitFor(() => here?.length === 20 && there?.length === 20, { what: 'every end' });
    // A second message of an end would be behind this one.
    const { runId } = await start(api.ctx);
    await waitFor(() => [here, there].every((kept) => kept?.some((end) => end.runId === runId)), {
      what: 'the last end',
    });
    for (const kept of [here, there]) {
      expect(kept?.map((end) => end.runId).sort()).toEqual([...runIds, runId].sort());
    }
  });

  it('is not read where nobody listens, and what changes together is read together', async () => {
    const [worker, api, idle] = [
      await createProcess({ hears: false }),
      await createProcess({ hears: true }),
      await createProcess({ hears: true }),
    ];
    const runIds = await Promise.all(Array.from({ length: 50 }, async () => (await start(worker.ctx)).runId));
    const watched = runIds.map((runId) => watchProgress(api.ctx, runId));
    await Promise.all(watched.map((states) => states.next()));
    const reads = () => api.queries.filter((text) => text.startsWith('/* runs.progress */')).length;
    const before = reads();
    await inTransaction(worker.ctx, async (sql) => {
      for (const runId of runIds) await beginRun.run(sql, runId);
    });
    for (const states of watched) expect((await states.next()).value).toMatchObject({ status: 'RUNNING' });
    // One, unless the messages came in pieces or the reading again fell between.
    expect(reads() - before).toBeLessThanOrEqual(4);
    for (const states of watched) await states.return?.();
    for (const runId of runIds) await change.finish(worker.ctx, runId);
    await heard(idle.ctx);
    expect(idle.queries).toEqual([]);
  });

  it('says nothing of what was rolled back', async () => {
    const worker = await createProcess({ hears: false });
    const { runId } = await start(worker.ctx);
    const undone = inTransaction(worker.ctx, async (sql) => {
      await beginRun.run(sql, runId);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await change.begin(worker.ctx, runId);
    await waitFor(() => payloads.length > 0, { what: 'the message' });
    expect(payloads).toEqual([`{"t":"runProgress","id":"${runId}","seq":1}`]);
  });

  it('stops at once where it is performed when it is cancelled elsewhere', async () => {
    const [worker, api] = [await createProcess({ hears: true }), await createProcess({ hears: true })];
    const [begun, stopped] = [signal(), signal<unknown>()];
    const jobs = registryOf(
      jobOf(async (work) => {
        if (nameOf(work) !== 'long') return DONE;
        work.signal.addEventListener('abort', () => stopped.settle(work.signal.reason));
        begun.settle();
        return new Promise(() => undefined);
      }),
    );
    const runner = await startRunner(worker.ctx, { jobs, concurrency: 1, graceMs: 10 });
    ends.push(() => runner.stop());
    const { runId } = await start(api.ctx, { tasks: [task('long')] });
    await begun.promise;
    await cancelRun(api.ctx, runId);
    // Looking by itself the runner would think that another worker took it over.
    expect(await stopped.promise).toMatchObject({ stopCause: 'CANCELLED' });
  });
});

describe('a connection that was lost', () => {
  it('is made again, and what ended meanwhile is told, once', async () => {
    const [worker, api] = [await createProcess({ hears: false }), await createProcess({ hears: true })];
    const ended = keep(api.ctx.pubsub.subscribe('runFinished'));
    const runIds: string[] = [];
    for (const _ of ['before', 'meanwhile', 'afterwards']) runIds.push((await start(worker.ctx)).runId);
    const [before = '', meanwhile = '', afterwards = ''] = runIds;
    await change.finish(worker.ctx, before);
    await waitFor(() => ended.length === 1, { what: 'the first end' });
    const { rowCount } = await ear.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND query LIKE '/* notify.listen */%'`,
    );
    expect(rowCount).toBe(1);
    await change.finish(worker.ctx, meanwhile);
    await waitFor(() => ended.length === 2, { what: 'the end it could not hear' });
    await change.finish(worker.ctx, afterwards);
    await waitFor(() => ended.length === 3, { what: 'the end after it' });
    expect(ended.map((end) => end.runId)).toEqual(runIds);
  });
});

describe('lost access', () => {
  it('is told to every process, and by the one that took it alone', async () => {
    const processes = [
      await createProcess({ hears: true }),
      await createProcess({ hears: true }),
      await createProcess({ hears: true }),
    ];
    const revocation: Topics['accessRevoked'] = { kind: 'API_KEY', id: randomUUID() };
    const kept = processes.map(({ ctx }) => keep(ctx.pubsub.subscribe('accessRevoked')));
    processes[0]?.ctx.pubsub.publish('accessRevoked', revocation);
    const copies = () => kept.map((messages) => messages.filter(({ id }) => id === revocation.id));
    await waitFor(() => copies().every((messages) => messages.length > 0), {
      what: 'everybody to hear of it',
    });
    // Who hears of it and told the others again would have sent that by now, and who hears the next has heard it.
    for (const { telling } of processes) await telling.close();
    for (const { ctx } of processes.slice(1)) await heard(ctx);
    expect(copies().slice(1)).toEqual([[revocation], [revocation]]);
  });
});
