import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { businessLimit, REFUSED } from '../../sandbox/faults/presets.ts';
import type { Context } from '../../src/context.ts';
import { JOBS, jobOf } from '../../src/jobs/index.ts';
import { startRunner } from '../../src/jobs/runner.ts';
import type { Runner } from '../../src/jobs/runner.ts';
import { createPubSub } from '../../src/pubsub.ts';
import { connectAccount } from '../../src/services/accounts/connect.ts';
import { cancelRun } from '../../src/services/runs/cancel.ts';
import { retryFailed } from '../../src/services/runs/retry.ts';
import { triggerSync } from '../../src/services/sync/trigger.ts';
import { newClient, nodeId } from '../routes/browser.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { waitFor } from '../support/waitFor.ts';
import { finished } from './support.ts';

const ACCOUNTS = ['act_3200000001', 'act_3200000002', 'act_3200000003'];
const [, PAUSED = ''] = ACCOUNTS;
const MINUTE = 60_000;

let test: TestApp;
let system: Context;
let runner: Runner | null = null;
let clientId: string;

beforeAll(async () => {
  const size = { campaigns: 1, adSetsPerCampaign: 1, adsPerAdSet: 1 };
  const accounts = ACCOUNTS.map((externalId) => ({ externalId, ...size }));
  test = await startTestApp({ jobs: false, sandbox: { accounts } });
  system = test.system;
});
afterAll(() => test.stop());
beforeEach(async () => {
  clientId = await newClient(test);
  for (const externalId of ACCOUNTS) {
    await connectAccount(system, { clientId, platform: 'META', externalId, token: 'sandbox-token' });
  }
  await restart();
});
afterEach(async () => {
  await runner?.stop();
  test.sandbox.meta.faults.clear();
  await system.db.pool.query('UPDATE runs SET status = $1 WHERE status = $2', ['CANCELLED', 'QUEUED']);
  await system.db.pool.query('DELETE FROM clients WHERE id = $1', [clientId]);
});

/** Another process takes the place of the one before: it remembers nothing. */
async function restart(): Promise<void> {
  await runner?.stop();
  system = { ...test.system, pubsub: createPubSub() };
  runner = await startRunner(system, { jobs: JOBS, concurrency: 3 });
}

function throttle(minutes: number, after = 0): void {
  const match = { account: PAUSED, path: '/insights', after };
  test.sandbox.meta.faults.add({ match, reply: businessLimit(80000, PAUSED, minutes) });
}

function ended(runId = '') {
  return finished(test.app.ctx.db.staff, runId, 20_000);
}

/** Days differ from run to run, or the open run of the same work would be the answer. */
async function sync(days: number) {
  const { runId } = await triggerSync(system, { clientId, days });
  return { runId, run: await ended(runId) };
}

async function tasksOf(runId: string) {
  const { rows } = await system.db.pool.query<{
    account: string;
    status: string;
    class: string;
    reason: string;
  }>(
    `SELECT a.external_id AS account, t.status, t.error_class AS class, t.error_reason AS reason
     FROM run_tasks t JOIN ad_accounts a ON a.id = t.account_id WHERE t.run_id = $1 ORDER BY 1`,
    [runId],
  );
  return rows;
}

async function parkedRuns() {
  const { rows } = await system.db.pool.query<{
    id: string;
    status: string;
    trigger: string;
    kind: string;
    at: Date;
  }>(
    `SELECT id, status, trigger, kind, not_before AS at FROM runs
     WHERE client_id = $1 AND not_before IS NOT NULL ORDER BY created_at`,
    [clientId],
  );
  return rows;
}

/** When the queue gives the run's tasks out. */
async function queuedFor(runId: string): Promise<Date[]> {
  const { rows } = await test.app.ctx.db.staff.queue.query<{ run_at: Date }>(
    `SELECT run_at FROM graphile_worker.jobs WHERE key IN (SELECT id::text FROM run_tasks WHERE run_id = $1)`,
    [runId],
  );
  return rows.map((row) => row.run_at);
}

/** The pause is over, and the time of the run has come. */
async function pauseIsOver(runId: string): Promise<void> {
  await system.db.pool.query(
    `UPDATE ad_accounts SET paused_until = now() - interval '1 s' WHERE external_id = $1`,
    [PAUSED],
  );
  await timeHasCome(runId);
}

async function timeHasCome(runId: string): Promise<void> {
  await test.app.ctx.db.staff.queue.query(
    `UPDATE graphile_worker._private_jobs SET run_at = now()
     WHERE key IN (SELECT id::text FROM run_tasks WHERE run_id = $1)`,
    [runId],
  );
}

function callsFor(externalId: string): string[] {
  const requests = test.sandbox.meta.ledger.requests().filter(({ account }) => account === externalId);
  return requests.map(({ path }) => path);
}

it('parks the account that is paused for long, and reads the others', async () => {
  throttle(60);
  const { runId, run } = await sync(2);
  const tasks = await tasksOf(runId);
  expect(tasks.map(({ status, class: failure }) => [status, failure])).toEqual([
    ['SUCCEEDED', null],
    ['FAILED', 'WAIT'],
    ['SUCCEEDED', null],
  ]);
  expect(run).toMatchObject({ status: 'PARTIAL', error_class: 'WAIT' });
  const [parked, ...more] = await parkedRuns();
  expect(more).toEqual([]);
  expect(parked).toMatchObject({ status: 'QUEUED', trigger: 'RETRY', kind: 'ADS_SYNC' });
  const { pausedUntil } = await system.db.prisma.adAccount.findFirstOrThrow({
    where: { externalId: PAUSED },
  });
  const until = pausedUntil ?? new Date(0);
  expect(until.getTime() - Date.now()).toBeGreaterThan(58 * MINUTE);
  expect((parked?.at ?? until).getTime() - until.getTime()).toBeGreaterThanOrEqual(0);
  expect((parked?.at ?? until).getTime() - until.getTime()).toBeLessThan(MINUTE);
  const [queued] = await queuedFor(parked?.id ?? '');
  expect(Math.abs((queued?.getTime() ?? 0) - (parked?.at ?? until).getTime())).toBeLessThan(5_000);
  expect(tasks[1]?.reason).toMatch(
    /^Meta takes no calls for this account until (\d{4}-\d\d-\d\d )?\d\d:\d\d UTC.*; it goes on by itself then\.$/,
  );
  const shown = await test.client().request(
    `query ($id: ID!, $run: ID!) {
      client(id: $id) { accounts { externalId pausedUntil pauseReason } }
      syncRun(id: $run) { status trigger notBefore }
    }`,
    { id: nodeId('Client', clientId), run: nodeId('SyncRun', parked?.id ?? '') },
  );
  expect(shown).toMatchObject({
    client: {
      accounts: expect.arrayContaining([
        { externalId: ACCOUNTS[0], pausedUntil: null, pauseReason: null },
        {
          externalId: PAUSED,
          pausedUntil: until.toISOString(),
          pauseReason: expect.stringContaining('Meta'),
        },
      ]),
    },
    syncRun: { status: 'QUEUED', trigger: 'RETRY', notBefore: parked?.at.toISOString() },
  });
});

it('keeps the pause over a restart: no call inside it, and the run goes on after it by itself', async () => {
  throttle(60);
  const { runId } = await sync(2);
  const [parked] = await parkedRuns();
  await restart();
  test.sandbox.meta.ledger.clear();

  const byHand = await retryFailed(system, runId);
  expect(await ended(byHand.runId)).toMatchObject({ status: 'FAILED', error_class: 'WAIT' });
  const scheduled = await jobOf('ADS_SYNC').start(system, {
    parameters: { days: 3 },
    clientId,
    trigger: 'SCHEDULE',
    scheduleId: null,
    fireAt: new Date(),
  });
  expect(await ended(scheduled?.runId)).toMatchObject({ status: 'SUCCEEDED' });
  const tasks = await tasksOf(scheduled?.runId ?? '');
  expect(tasks.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SKIPPED', 'SUCCEEDED']);
  expect(tasks[1]?.reason).toContain('Meta takes no calls for this account until');
  expect(callsFor(PAUSED)).toEqual([]);
  expect((await parkedRuns()).map(({ id }) => id)).toEqual([parked?.id]);

  await pauseIsOver(parked?.id ?? '');
  expect(await ended(parked?.id)).toMatchObject({ status: 'SUCCEEDED' });
  expect(callsFor(PAUSED).length).toBeGreaterThan(0);
});

it('parks again, once, what is still paused when its time has come', async () => {
  throttle(60);
  await sync(2);
  const [parked] = await parkedRuns();
  test.sandbox.meta.ledger.clear();
  await timeHasCome(parked?.id ?? '');
  expect(await ended(parked?.id)).toMatchObject({ status: 'FAILED' });
  const again = await parkedRuns();
  expect(again.map(({ status }) => status)).toEqual(['FAILED', 'QUEUED']);
  expect(callsFor(PAUSED)).toEqual([]);
});

it('sits a short pause out inside the run', async () => {
  throttle(5);
  const { runId } = await triggerSync(system, { clientId, days: 2 });
  const waiting = await waitFor(
    async () => (await tasksOf(runId)).find(({ status, reason }) => status === 'QUEUED' && reason),
    { what: 'the task to wait' },
  );
  expect(waiting).toMatchObject({ account: PAUSED, class: 'WAIT' });
  expect(await parkedRuns()).toEqual([]);
  await pauseIsOver(runId);
  expect(await ended(runId)).toMatchObject({ status: 'SUCCEEDED' });
});

it('a parked run can be cancelled, and begun anew', async () => {
  throttle(60);
  await sync(2);
  const [parked] = await parkedRuns();
  const runId = parked?.id ?? '';
  await cancelRun(system, runId);
  test.sandbox.meta.ledger.clear();
  await pauseIsOver(runId);
  await waitFor(async () => (await queuedFor(runId)).length === 0, { what: 'the queue to drop it' });
  expect(callsFor(PAUSED)).toEqual([]);
  expect((await parkedRuns()).map(({ status }) => status)).toEqual(['CANCELLED']);
  const again = await retryFailed(system, runId);
  expect(await ended(again.runId)).toMatchObject({ status: 'SUCCEEDED' });
});

it('goes on with what is left, and reads no day twice', async () => {
  throttle(60, 6);
  const { runId } = await sync(30);
  const [parked] = await parkedRuns();
  const rangeOf = async (id: string) => {
    const { rows } = await system.db.pool.query<{ range: { from: string; to: string } }>(
      `SELECT t.parameters -> 'range' AS range FROM run_tasks t JOIN ad_accounts a ON a.id = t.account_id
       WHERE t.run_id = $1 AND a.external_id = $2`,
      [id, PAUSED],
    );
    return rows[0]?.range ?? { from: '', to: '' };
  };
  const [whole, rest] = [await rangeOf(runId), await rangeOf(parked?.id ?? '')];
  expect(rest.from).toBe(whole.from);
  expect(rest.to < whole.to).toBe(true);

  // Begun anew by hand it is the same work.
  const byHand = await retryFailed(system, runId);
  await ended(byHand.runId);
  expect((await parkedRuns()).map(({ id }) => id)).toEqual([parked?.id]);

  await pauseIsOver(parked?.id ?? '');
  expect(await ended(parked?.id)).toMatchObject({ status: 'SUCCEEDED' });
  const { rows } = await system.db.pool.query<{ run_id: string; from: string; to: string }>(
    `SELECT s.run_id, min(date)::text AS from, max(date)::text AS to FROM slices s
     JOIN ad_accounts a ON a.id = s.account_id
     WHERE a.external_id = $1 AND s.client_id = $2 AND fetched_at IS NOT NULL GROUP BY s.run_id ORDER BY 3 DESC`,
    [PAUSED, clientId],
  );
  expect(rows).toEqual([
    { run_id: runId, from: expect.any(String), to: whole.to },
    { run_id: parked?.id, ...rest },
  ]);
});

it('a token that dies in the middle is not used again', async () => {
  test.sandbox.meta.ledger.clear();
  const match = { path: '/insights', after: 2 };
  test.sandbox.meta.faults.add({ match, times: Infinity, reply: REFUSED.passwordChanged });
  await test.system.db.pool.query(
    `UPDATE ad_accounts SET credential_id = (SELECT min(credential_id::text)::uuid FROM ad_accounts WHERE client_id = $1)
     WHERE client_id = $1`,
    [clientId],
  );
  await runner?.stop();
  runner = await startRunner(system, { jobs: JOBS, concurrency: 1 });
  const { runId, run } = await sync(2);
  expect(run.error_class).toBe('REAUTHORIZE');
  const tasks = await tasksOf(runId);
  const failed = tasks.filter((task) => task.status === 'FAILED' && task.class === 'REAUTHORIZE');
  expect(failed.length).toBeGreaterThanOrEqual(2);
  const requests = test.sandbox.meta.ledger.requests();
  const first = requests.findIndex(({ status, path }) => status === 400 && path.includes('/insights'));
  // One task at a time, but it reads ahead.
  expect(requests.length - first - 1).toBeLessThanOrEqual(1);
});
