import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox } from '../../sandbox/index.ts';
import type { Sandbox } from '../../sandbox/index.ts';
import { newKey } from '../../src/lib/keyFile.ts';
import { STREAMS } from '../server/streams.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { query } from '../support/query.ts';
import type { TestServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { collectSocket } from '../support/subscribe.ts';
import { waitFor } from '../support/waitFor.ts';
import { pagesAsked } from './pagesAsked.ts';
import { Cancel, Connect, Create, NewKey, RevokeKey, Run, Sync, Totals } from './processesDocuments.ts';

const RANGE = { from: '2026-10-01', to: '2026-10-16' };
const ACCOUNTS = Array.from({ length: 30 }, (_, index) => `act_${String(3_100_000_000 + index)}`);
const ADMIN_KEY = 'test-admin-of-many-processes';

let database: TestDatabase;
let sandbox: Sandbox;
let apis: [TestServer, TestServer];
const workers: TestServer[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  sandbox = await startSandbox({
    accounts: ACCOUNTS.map((externalId) => ({
      externalId,
      campaigns: 2,
      adSetsPerCampaign: 1,
      adsPerAdSet: 2,
    })),
  });
  apis = await Promise.all([startProcess('api'), startProcess('api')]);
}, 120_000);
afterAll(async () => {
  await Promise.all([...(apis ?? []), ...workers].map((server) => server.kill()));
  await sandbox.close();
  await database.drop();
});

const secretKey = newKey('test');

function startProcess(role: 'api' | 'worker'): Promise<TestServer> {
  return startServer({
    DATABASE_URL: database.url,
    TRIBUTARY_ROLE: role,
    TRIBUTARY_ADMIN_KEY: ADMIN_KEY,
    TRIBUTARY_SECRET_KEYS: `${secretKey.id}:${secretKey.key.export().toString('base64')}`,
    TRIBUTARY_SANDBOX: 'false',
    META_GRAPH_URL: sandbox.urls.meta,
    LOG_LEVEL: 'debug',
  });
}

/** No fire of the clock mixes into a test. */
async function startWorker(): Promise<void> {
  workers.push(await startProcess('worker'));
  await query(database.url, 'UPDATE schedules SET enabled = false');
}

async function connectedClient(name: string): Promise<string> {
  const { createClient } = await apis[0].client.request(Create, { name });
  const clientId = createClient.client.id;
  const connect = (externalId: string, index: number) =>
    server(index).client.request(Connect, {
      input: { clientId, platform: 'META', externalId, token: 'sandbox-1' },
    });
  await Promise.all(ACCOUNTS.map(connect));
  return clientId;
}

/** One api process, then the other. */
function server(index: number): TestServer {
  return index % 2 === 0 ? apis[0] : apis[1];
}

async function trigger(input: object, options: { key?: string; through?: number } = {}): Promise<string> {
  const { key = null, through = 0 } = options;
  const { triggerSync } = await server(through).client.request(Sync, { input, key });
  return triggerSync.id;
}

const cancel = (id: string) => apis[1].client.request(Cancel, { id });

async function stateOf(id: string) {
  const { syncRun } = await apis[0].client.request(Run, { id });
  if (!syncRun) throw new Error('no such run');
  return syncRun;
}

function ended(runId: string) {
  return waitFor(
    async () => {
      const run = await stateOf(runId);
      return ['QUEUED', 'RUNNING'].includes(run.status) ? null : run;
    },
    { within: 90_000, what: 'the run to end' },
  );
}

/** Each page of insights takes so long: a run has a middle. */
function slowDown(ms: number): void {
  sandbox.meta.faults.add({ match: { path: /insights/ }, times: Infinity, reply: { kind: 'delay', ms } });
}

interface Taken {
  /** Milliseconds since 1970. */
  time: number;
  workerId: string;
  taskId: string;
}

/** Tasks that each worker began, in the order of the workers. */
function taken(): Taken[][] {
  const isTaken = (line: object) => 'msg' in line && line.msg === 'task taken';
  return workers.map((worker) => worker.logged().filter(isTaken) as unknown as Taken[]);
}

const figures = (clientId: string) => apis[1].client.request(Totals, { clientId, range: RANGE });

let undisturbed: { clientId: string; state: Awaited<ReturnType<typeof ended>>; pages: number };

describe('api and worker processes on one database', () => {
  it('an api process performs nothing; a worker does, and serves only health', async () => {
    const clientId = await connectedClient('Undisturbed');
    const runId = await trigger({ clientId, range: RANGE });
    await startWorker();
    const [worker] = workers;
    // Until the worker came nobody did anything; it needed seconds to come.
    expect(worker?.ready).toMatchObject({ graphql: null });
    const answers = ['/health/live', '/health/ready', '/graphql'].map(async (path) => {
      return (await fetch(`${String(worker?.ready.url)}${path}`)).status;
    });
    expect(await Promise.all(answers)).toEqual([200, 200, 404]);
    const state = await ended(runId);
    expect(state).toMatchObject({ status: 'SUCCEEDED', tasksDone: 30, error: null });
    expect(taken()[0]).toHaveLength(30);
    for (const api of apis) expect(api.logged().map((line) => line['msg'])).not.toContain('task taken');
    const pages = [...pagesAsked(sandbox).values()].flatMap((asked) => [...asked.values()]);
    expect(Math.max(...pages)).toBe(1);
    undisturbed = { clientId, state, pages: pages.length };
  }, 120_000);

  it('twenty requests for the same work at once, through two processes: one run', async () => {
    const { clientId } = undisturbed;
    slowDown(200);
    const asked = Array.from({ length: 20 }, (_, index) =>
      trigger({ clientId, days: 9 }, { through: index }),
    );
    const runIds = new Set(await Promise.all(asked));
    expect(runIds.size).toBe(1);
    const [runId = ''] = runIds;
    await cancel(runId);
    sandbox.meta.faults.clear();
    const another = await trigger({ clientId, days: 9 });
    expect(another).not.toBe(runId);
    await cancel(another);
  });

  it('the same idempotency key through two processes: one run, also when it is over', async () => {
    const input = { clientId: undisturbed.clientId, days: 2 };
    const asked = Array.from({ length: 10 }, (_, index) => trigger(input, { key: 'k-1', through: index }));
    const runIds = new Set(await Promise.all(asked));
    expect(runIds.size).toBe(1);
    const [runId = ''] = runIds;
    await ended(runId);
    expect(await trigger(input, { key: 'k-1', through: 1 })).toBe(runId);
    const another = await trigger(input);
    expect(another).not.toBe(runId);
    await cancel(another);
    await expect(trigger({ ...input, days: 3 }, { key: 'k-1' })).rejects.toMatchObject({
      response: { errors: [{ extensions: { code: 'CONFLICT' } }] },
    });
  });

  it('two workers share two runs, and no account is read by both at once', async () => {
    await startWorker();
    slowDown(50);
    const before = taken().map((tasks) => tasks.length);
    const { clientId } = undisturbed;
    const inputs = [
      { clientId, range: RANGE },
      { clientId, days: 5 },
    ];
    const runIds = await Promise.all(inputs.map((input, index) => trigger(input, { through: index })));
    for (const runId of runIds)
      expect(await ended(runId)).toMatchObject({ status: 'SUCCEEDED', tasksDone: 30 });
    sandbox.meta.faults.clear();
    const shares = taken().map((tasks, index) => tasks.length - (before[index] ?? 0));
    expect(shares[0]).toBeGreaterThan(5);
    expect(shares[1]).toBeGreaterThan(5);
    const rows = await query<{ together: number; tasks: number }>(
      database.url,
      `WITH latest AS (SELECT id FROM runs ORDER BY created_at DESC LIMIT 2),
         work AS (SELECT t.id, account_id, tstzrange(t.started_at, t.finished_at) AS during
                  FROM run_tasks t JOIN latest ON latest.id = run_id)
       SELECT count(*)::int AS tasks,
         (SELECT count(*)::int FROM work a JOIN work b
          ON a.account_id = b.account_id AND a.id < b.id AND a.during && b.during) AS together
       FROM work`,
    );
    expect(rows).toEqual([{ tasks: 60, together: 0 }]);
  }, 120_000);
});

describe('kill -9 of one of two workers', () => {
  it('all tasks finish elsewhere within 30 s, nothing twice, and a subscriber sees it', async () => {
    const clientId = await connectedClient('Disturbed');
    sandbox.meta.ledger.clear();
    slowDown(300);
    const before = taken().map((tasks) => tasks.length);
    const runId = await trigger({ clientId, range: RANGE });
    const seen = collectSocket<{ syncProgress: { seq: number; status: string; tasksDone: number } }>({
      url: apis[0].ready.graphql ?? '',
      key: ADMIN_KEY,
      query: 'subscription ($id: ID!) { syncProgress(runId: $id) { seq status tasksDone } }',
      variables: { id: runId },
    });
    const begin = STREAMS['SSE by POST'];
    const ends = await begin?.({
      url: apis[1].ready.graphql ?? '',
      key: ADMIN_KEY,
      query: 'subscription { syncCompleted { id tasksDone } }',
    });
    const [victim, survivor] = workers;
    await waitFor(async () => (await stateOf(runId)).tasksDone >= 8, { what: 'a part of the run' });
    await victim?.kill();
    const killedAt = Date.now();
    const held = await query<{ key: string }>(
      database.url,
      'SELECT key FROM graphile_worker.jobs WHERE locked_by = $1',
      [taken()[0]?.at(-1)?.workerId],
    );
    expect(held.length).toBeGreaterThan(0);
    // And nobody hears anything for a moment.
    await query(
      database.url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND query LIKE '/* notify.listen */%'`,
    );
    const state = await ended(runId);
    sandbox.meta.faults.clear();

    expect(state).toEqual(undisturbed.state);
    expect(await figures(clientId)).toEqual(await figures(undisturbed.clientId));
    expect((await figures(clientId)).totals.coverage).toMatchObject({ complete: true });
    const works = taken().map((tasks, index) => tasks.slice(before[index]));
    const shares = works.map((tasks) => tasks.map((task) => task.taskId));
    for (const share of shares) expect(new Set(share).size).toBe(share.length);
    const twice = shares[0]?.filter((taskId) => shares[1]?.includes(taskId)) ?? [];
    expect(twice.sort()).toEqual(held.map((job) => job.key).sort());
    const resumed = works[1]?.filter((task) => twice.includes(task.taskId)) ?? [];
    const latestMs = Math.max(...resumed.map((task) => task.time - killedAt));
    process.stdout.write(
      `${String(twice.length)} tasks of the killed worker went on within ${String(latestMs)} ms\n`,
    );
    expect(latestMs).toBeLessThan(30_000);
    const asked = [...pagesAsked(sandbox).values()].map((pages) => [...pages.values()]);
    expect(asked.flat()).toHaveLength(undisturbed.pages);
    const again = asked.map((pages) => pages.reduce((sum, times) => sum + times - 1, 0));
    expect(again.filter((pages) => pages > 0).length).toBeLessThanOrEqual(held.length);
    expect(Math.max(...again)).toBeLessThanOrEqual(1);

    const states = (await seen).map((message) => message.syncProgress);
    const seqs = states.map((progress) => progress.seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    expect(states.at(-1)).toMatchObject({ status: 'SUCCEEDED', tasksDone: 30 });
    expect(new Set(states.map((progress) => progress.tasksDone)).size).toBeGreaterThan(15);
    await waitFor(() => (ends?.heard.length ?? 0) > 0, { what: 'the end to be heard' });
    expect(ends?.heard.map(({ payload }) => payload)).toEqual([
      { data: { syncCompleted: { id: runId, tasksDone: 30 } } },
    ]);
    ends?.stop();
    expect(await survivor?.stop()).toBe(0);
  }, 180_000);
});

it('a key that is revoked through one process ends the streams in the other at once', async () => {
  const tookMs: number[] = [];
  for (let round = 0; round < 5; round++) {
    const { createApiKey } = await apis[0].client.request(NewKey, {
      input: { name: 'streams', role: 'VIEWER', clientIds: [undisturbed.clientId] },
    });
    const stream = await STREAMS['SSE by POST']?.({
      url: apis[1].ready.graphql ?? '',
      key: createApiKey.secret,
      query: 'subscription { syncCompleted { id } }',
    });
    const revoked = performance.now();
    await apis[0].client.request(RevokeKey, { id: createApiKey.apiKey.id });
    await stream?.ended();
    tookMs.push(performance.now() - revoked);
    expect(stream?.codes()).toEqual(['UNAUTHENTICATED']);
  }
  process.stdout.write(`a stream ends elsewhere after ${tookMs.map((ms) => ms.toFixed(0)).join(', ')} ms\n`);
  expect(Math.max(...tookMs)).toBeLessThan(1_500);
});
