import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { JOBS } from '../../src/jobs/index.ts';
import { startRunner } from '../../src/jobs/runner.ts';
import { createPubSub } from '../../src/pubsub.ts';
import { decodeNodeId, encodeNodeId } from '../../src/schema/ids.ts';
import { connectAccount } from '../../src/services/accounts/connect.ts';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import { createClient } from '../../src/services/clients/create.ts';
import { finished } from '../jobs/support.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { waitFor } from '../support/waitFor.ts';

const ACCOUNTS = ['act_3300000001', 'act_3300000002'];
/** What a person waits for at most. */
const SOON = 5_000;
const SLOW_MS = 300;

const RUN = `id kind status trigger pausedAt tasksTotal tasksDone recordsSynced
  tasks(first: 50) { nodes { status attempts parameters account { externalId } } }`;

interface RunAnswer {
  id: string;
  kind: string;
  status: string;
  trigger: string;
  pausedAt: string | null;
  tasksTotal: number;
  tasksDone: number;
  recordsSynced: number;
  tasks: { nodes: { status: string; attempts: number; parameters: { month: string } }[] };
}

interface PlanAnswer {
  id: string;
  kind: string;
  slices: number;
  slicesToFetch: number;
  estimatedCalls: number;
  estimatedQuota: { platform: string; unit: string; amount: number }[];
  months: { month: string; action: string; client: { id: string } }[];
  unusableAccounts: unknown[];
}

let test: TestApp;
let clientId: string;
const MONTHS = 3;

beforeAll(async () => {
  const size = { campaigns: 2, adSetsPerCampaign: 1, adsPerAdSet: 2 };
  test = await startTestApp({
    sandbox: { accounts: ACCOUNTS.map((externalId) => ({ externalId, ...size })) },
  });
});
afterAll(() => test.stop());
beforeEach(async () => {
  const client = await createClient(test.system, { name: 'Shop', timezone: 'UTC', currency: 'USD' });
  clientId = client.id;
  for (const externalId of ACCOUNTS) {
    await connectAccount(test.system, { clientId, platform: 'META', externalId, token: 'sandbox-1' });
  }
  test.sandbox.meta.ledger.clear();
});
afterEach(async () => {
  test.sandbox.meta.faults.clear();
  await test.system.db.pool.query(
    `UPDATE runs SET status = 'CANCELLED' WHERE status IN ('QUEUED', 'RUNNING')`,
  );
  await test.system.db.pool.query('DELETE FROM clients WHERE id = $1', [clientId]);
});

async function ask<Answer>(document: string, key?: string): Promise<Answer> {
  const data = await test.client(key).request<Record<string, Answer>>(document);
  return Object.values(data)[0] as Answer;
}

function plan(of = `{ months: ${String(MONTHS)}, clientIds: ["${encodeNodeId('Client', clientId)}"] }`) {
  return ask<PlanAnswer>(`mutation { planBackfill(input: ${of}) { id kind slices slicesToFetch estimatedCalls
    estimatedQuota { platform unit amount } months { month action client { id } } unusableAccounts { reason } } }`);
}

function start(planId: string) {
  return ask<RunAnswer>(`mutation { startBackfill(planId: "${planId}") { ${RUN} } }`);
}

function tell(verb: 'pauseRun' | 'resumeRun' | 'cancelRun' | 'retryFailed', runId: string) {
  return ask<RunAnswer>(`mutation { ${verb}(runId: "${runId}") { ${RUN} } }`);
}

function look(runId: string) {
  return ask<RunAnswer>(`{ syncRun(id: "${runId}") { ${RUN} } }`);
}

function slowDown(): void {
  test.sandbox.meta.faults.add({ times: Infinity, reply: { kind: 'delay', ms: SLOW_MS } });
}

/** A slow backfill that has stored something. */
async function underWay(): Promise<RunAnswer> {
  slowDown();
  const run = await start((await plan()).id);
  await waitFor(async () => (await look(run.id)).recordsSynced > 0, {
    within: 20_000,
    what: 'the first records',
  });
  return run;
}

function calls(): number {
  return test.sandbox.meta.ledger.requests().length;
}

/** Until the platform hears nothing for longer than a call takes. */
async function silence(): Promise<void> {
  let heard = calls();
  let since = performance.now();
  await waitFor(
    () => {
      if (calls() === heard) return performance.now() - since > 4 * SLOW_MS;
      heard = calls();
      since = performance.now();
      return false;
    },
    { within: SOON + 4 * SLOW_MS, what: 'the platform to hear nothing more' },
  );
}

/** Every day of every account is there, and no day was read by two runs. */
async function readDays(runId: string): Promise<unknown> {
  const { rows } = await test.system.db.pool.query(
    `SELECT count(*)::int AS days, count(*) FILTER (WHERE run_id = $2)::int AS own,
            count(*) FILTER (WHERE status = 'OK')::int AS ok FROM slices WHERE client_id = $1`,
    [clientId, decodeNodeId(runId).id],
  );
  return rows[0];
}

it('plans, carries out, and the plan was about right', async () => {
  const planned = await plan();
  expect(planned).toMatchObject({ kind: 'BACKFILL', unusableAccounts: [] });
  expect(planned.months.map(({ action }) => action)).toEqual(['FETCH', 'FETCH', 'FETCH']);
  expect(planned.months[0]?.client.id).toBe(encodeNodeId('Client', clientId));
  expect(calls()).toBe(0);
  const run = await start(planned.id);
  expect(run).toMatchObject({ kind: 'BACKFILL', tasksTotal: 6 });
  const ended = await finished(test.app.ctx.db.staff, decodeNodeId(run.id).id, 30_000);
  expect(ended.status).toBe('SUCCEEDED');
  expect(await readDays(run.id)).toEqual({ days: planned.slices, own: planned.slices, ok: planned.slices });
  const took = calls();
  expect(planned.estimatedCalls / took).toBeGreaterThan(0.67);
  expect(planned.estimatedCalls / took).toBeLessThan(1.5);
  expect((await start(planned.id)).id).toBe(run.id);
  const later = await plan();
  expect(later.months.map(({ action }) => action)).toEqual(['FETCH', 'FETCH', 'SKIP']);
});

it('a pause stops what runs, holds what waits, lasts over restarts, and costs nothing that was stored', async () => {
  const run = await underWay();
  const asked = performance.now();
  const paused = await tell('pauseRun', run.id);
  expect(paused.pausedAt).not.toBeNull();
  await silence();
  expect(performance.now() - asked).toBeLessThan(SOON + 4 * SLOW_MS);
  const held = await look(run.id);
  expect(held.status).toBe('RUNNING');
  expect(held.tasks.nodes.filter(({ status }) => status === 'RUNNING')).toEqual([]);
  expect((await tell('pauseRun', run.id)).pausedAt).toBe(paused.pausedAt);
  // Another process, which knows only the database.
  const other = await startRunner({ ...test.system, pubsub: createPubSub() }, { jobs: JOBS, concurrency: 2 });
  await silence();
  expect((await look(run.id)).recordsSynced).toBe(held.recordsSynced);
  test.sandbox.meta.faults.clear();
  expect((await tell('resumeRun', run.id)).pausedAt).toBeNull();
  const ended = await finished(test.app.ctx.db.staff, decodeNodeId(run.id).id, 30_000);
  await other.stop();
  expect(ended).toMatchObject({ status: 'SUCCEEDED', tasks_done: 6 });
  const { slices } = await plan();
  expect(await readDays(run.id)).toEqual({ days: slices, own: slices, ok: slices });
  const { rows } = await test.system.db.pool.query(
    `SELECT count(*)::int AS stored FROM ad_insights WHERE client_id = $1`,
    [clientId],
  );
  expect(Number(ended.records_synced)).toBe(rows[0]?.stored);
}, 60_000);

it('a cancel stops it within five seconds; what failed or was cancelled can be done again, and nothing else', async () => {
  const run = await underWay();
  const asked = performance.now();
  const cancelled = await tell('cancelRun', run.id);
  expect(cancelled.status).toBe('CANCELLED');
  await silence();
  expect(performance.now() - asked).toBeLessThan(SOON + 4 * SLOW_MS);
  test.sandbox.meta.faults.clear();
  await test.system.db.pool.query(
    `UPDATE run_tasks SET status = 'SUCCEEDED' WHERE run_id = $1 AND parameters ->> 'month' <> $2`,
    [decodeNodeId(run.id).id, (await plan()).months.at(-1)?.month],
  );
  const retry = await tell('retryFailed', run.id);
  expect(retry).toMatchObject({ kind: 'BACKFILL', trigger: 'RETRY', tasksTotal: 2 });
  const ended = await finished(test.app.ctx.db.staff, decodeNodeId(retry.id).id, 30_000);
  expect(ended.status).toBe('SUCCEEDED');
  const oldest = retry.tasks.nodes.map(({ parameters }) => parameters.month);
  expect(new Set(oldest)).toEqual(new Set([(await plan()).months.at(-1)?.month]));
}, 60_000);

it('a run that is paused can be cancelled, one that is over neither paused nor resumed', async () => {
  const run = await underWay();
  await tell('pauseRun', run.id);
  expect(await tell('cancelRun', run.id)).toMatchObject({ status: 'CANCELLED', pausedAt: null });
  for (const verb of ['pauseRun', 'resumeRun'] as const) {
    await expect(tell(verb, run.id)).rejects.toThrow('This run is already over.');
  }
});

it('a sync is planned and carried out the same way, and can be paused', async () => {
  const input = `{ clientId: "${encodeNodeId('Client', clientId)}", days: 5 }`;
  const planned = await ask<PlanAnswer>(`mutation { planSync(input: ${input}) { id slices slicesToFetch } }`);
  expect(planned).toMatchObject({ slices: 10, slicesToFetch: 10 });
  slowDown();
  const run = await ask<RunAnswer>(`mutation { startSync(planId: "${planned.id}") { ${RUN} } }`);
  expect(run.kind).toBe('ADS_SYNC');
  await tell('pauseRun', run.id);
  await silence();
  test.sandbox.meta.faults.clear();
  await tell('resumeRun', run.id);
  expect((await finished(test.app.ctx.db.staff, decodeNodeId(run.id).id, 30_000)).status).toBe('SUCCEEDED');
});

it('a stale plan says so by its code, and a viewer may do none of it', async () => {
  const planned = await plan();
  await test.system.db.pool.query('UPDATE ad_accounts SET timezone = $2 WHERE client_id = $1', [
    ...[clientId, 'Europe/Oslo'],
  ]);
  await expect(start(planned.id)).rejects.toMatchObject({
    response: { errors: [{ extensions: { code: 'PLAN_STALE' } }] },
  });
  const { secret } = await createApiKey(test.system, { name: 'v', role: 'VIEWER', clientIds: [clientId] });
  for (const call of [
    'planBackfill(input: { months: 1 }) { id }',
    'planSync(input: {}) { id }',
    `startBackfill(planId: "${planned.id}") { id }`,
    `startSync(planId: "${planned.id}") { id }`,
    `pauseRun(runId: "${planned.id}") { id }`,
    `resumeRun(runId: "${planned.id}") { id }`,
  ]) {
    await expect(ask(`mutation { ${call} }`, secret.reveal())).rejects.toMatchObject({
      response: { errors: [{ extensions: { code: 'FORBIDDEN' } }] },
    });
  }
});
