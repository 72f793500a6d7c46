import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor, QueuedTask } from '../../../src/context.ts';
import { AppError } from '../../../src/errors.ts';
import { planOnly, triggerSync } from '../../../src/services/sync/trigger.ts';
import type { SyncTrigger } from '../../../src/services/sync/trigger.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { addAccount, addClient, addHolder, contextOf, rowsOf } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function codeOf(request: SyncTrigger, actor?: Actor): Promise<string> {
  const ctx = contextOf(database.db);
  try {
    await triggerSync({ ...ctx, actor: actor ?? ctx.actor }, request);
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'started';
}

test('starts a run with a task an account, in the zone of each, and queues it', async () => {
  const clientId = await addClient(database.db);
  const east = await addAccount(database.db, clientId, {
    externalId: 'act_1',
    timezone: 'Pacific/Kiritimati',
  });
  const west = await addAccount(database.db, clientId, { externalId: 'act_2', timezone: 'America/New_York' });
  const queued: QueuedTask[] = [];
  const ctx = contextOf(database.db);
  ctx.jobs = { enqueueTasks: (_sql, tasks) => Promise.resolve(void queued.push(...tasks)) };
  const { runId, created } = await triggerSync(ctx, { clientId, days: 2, trigger: 'SCHEDULE' });

  expect(created).toBe(true);
  const [run] = await rowsOf(
    database.db,
    'SELECT kind, trigger, client_id, parameters, tasks_total FROM runs WHERE id = $1',
    [runId],
  );
  expect(run).toEqual({
    kind: 'ADS_SYNC',
    trigger: 'SCHEDULE',
    client_id: clientId,
    parameters: { days: 2 },
    tasks_total: 2,
  });
  const tasks = await rowsOf(
    database.db,
    'SELECT client_id, account_id, parameters FROM run_tasks WHERE run_id = $1 ORDER BY position',
    [runId],
  );
  expect(tasks).toEqual([
    {
      client_id: clientId,
      account_id: east,
      parameters: { range: { from: '2026-11-20', to: '2026-11-21' } },
    },
    {
      client_id: clientId,
      account_id: west,
      parameters: { range: { from: '2026-11-19', to: '2026-11-20' } },
    },
  ]);
  expect(queued.map((task) => task.serialKey)).toEqual([east, west]);
});

test('what is quickly done goes before what takes long, and both before what is past', async () => {
  const { clientId } = await addHolder(database.db);
  const priorities: number[] = [];
  const ctx = contextOf(database.db);
  ctx.jobs = {
    enqueueTasks: (_sql, tasks) =>
      Promise.resolve(void priorities.push(...tasks.map((task) => task.priority))),
  };
  await triggerSync(ctx, { clientId, days: 1 });
  await triggerSync(ctx, { clientId, days: 1_000 });
  await triggerSync(ctx, { clientId, range: { from: '2026-11-01', to: '2026-11-02' } });
  expect(priorities).toHaveLength(3);
  expect([...priorities].sort((a, b) => a - b)).toEqual(priorities);
  expect(new Set(priorities).size).toBe(3);
});

test('the same work while it is open is the same run; other work is another', async () => {
  const { clientId } = await addHolder(database.db);
  const ctx = contextOf(database.db);
  const first = await triggerSync(ctx, { clientId });
  expect(await triggerSync(ctx, { clientId, days: 30 })).toEqual({ runId: first.runId, created: false });
  const others: SyncTrigger[] = [
    { clientId, days: 29 },
    { clientId, platform: 'META' },
    { clientId, range: { from: '2026-11-19', to: '2026-11-20' } },
    {},
  ];
  for (const other of others) expect((await triggerSync(ctx, other)).created).toBe(true);
});

test('a client without accounts gets a skipped run', async () => {
  const clientId = await addClient(database.db);
  const { runId } = await triggerSync(contextOf(database.db), { clientId });
  expect(await rowsOf(database.db, 'SELECT status, tasks_total FROM runs WHERE id = $1', [runId])).toEqual([
    { status: 'SKIPPED', tasks_total: 0 },
  ]);
});

test('refuses who may not, what is not there and what cannot be', async () => {
  const { clientId } = await addHolder(database.db);
  const viewer: Actor = { kind: 'API_KEY', id: 'k', name: 'k', role: 'VIEWER', clientIds: [clientId] };
  expect(await codeOf({ clientId }, viewer)).toBe('FORBIDDEN');
  expect(await codeOf({ clientId }, { kind: 'ANONYMOUS' })).toBe('UNAUTHENTICATED');
  expect(await codeOf({ clientId: randomUUID() })).toBe('NOT_FOUND');
  expect(await codeOf({ clientId: 'not-an-id' })).toBe('NOT_FOUND');
  expect(await codeOf({ clientId, platform: 'NOWHERE' })).toBe('BAD_USER_INPUT');
  expect(await codeOf({ clientId, days: 0 })).toBe('BAD_USER_INPUT');
  expect(await codeOf({ clientId: await addClient(database.db, { active: false }) })).toBe('BAD_USER_INPUT');
  expect(await codeOf({ clientId })).toBe('started');
});

test('everybody means active clients only; a plan starts nothing', async () => {
  const own = await createTestDatabase();
  try {
    const asleep = await addClient(own.db, { active: false });
    await addAccount(own.db, asleep);
    const { accountId } = await addHolder(own.db);
    const plan = await planOnly(contextOf(own.db), { days: 9 });
    expect(plan.slices).toBe(9);
    expect(plan.accounts.map(({ account }) => account.id)).toEqual([accountId]);
    expect(await rowsOf(own.db, 'SELECT id FROM runs')).toEqual([]);
  } finally {
    await own.drop();
  }
});
