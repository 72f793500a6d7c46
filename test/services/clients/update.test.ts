import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { updateClient } from '../../../src/services/clients/update.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { addAccount, addClient, contextOf, GOALS, rowsOf, scriptedPlatform } from '../sync/support.ts';

let database: TestDatabase;
let ctx: Context;
beforeAll(async () => {
  database = await createTestDatabase();
  const other = { ...scriptedPlatform(), key: 'GOOGLE' };
  const base = contextOf(database.db);
  ctx = { ...base, platforms: new Map([...base.platforms, [other.key, other]]) };
});
afterAll(() => database.drop());

const goal = (changes: object = {}) => ({
  platform: 'META',
  name: 'lead',
  actionTypes: ['lead'],
  ...changes,
});

const goalsOf = (clientId: string) =>
  rowsOf(
    database.db,
    'SELECT platform, name, position, action_types FROM goals WHERE client_id = $1 ORDER BY platform, position',
    [clientId],
  );

describe('goals that cannot be meant', () => {
  const many = (count: number, platform = 'META') =>
    Array.from({ length: count }, (_, at) => goal({ platform, name: `goal_${String(at)}` }));
  it.each([
    { what: 'an unknown platform', goals: [goal({ platform: 'TIKTOK' })], says: 'META, GOOGLE' },
    { what: 'a name with capitals', goals: [goal({ name: 'Lead' })], says: 'goals.0.name' },
    { what: 'a name with a space', goals: [goal({ name: 'a b' })], says: 'goals.0.name' },
    { what: 'an empty name', goals: [goal({ name: '' })], says: 'goals.0.name' },
    { what: 'a name that objects have', goals: [goal({ name: '__proto__' })], says: 'goals.0.name' },
    { what: 'a name of 61 characters', goals: [goal({ name: 'a'.repeat(61) })], says: 'goals.0.name' },
    { what: 'the same name twice', goals: [goal(), goal({ actionTypes: ['x'] })], says: 'two goals' },
    { what: 'no action type', goals: [goal({ actionTypes: [] })], says: 'goals.0.actionTypes' },
    {
      what: '51 action types',
      goals: [goal({ actionTypes: Array.from({ length: 51 }, String) })],
      says: 'at most 50',
    },
    { what: 'an empty action type', goals: [goal({ actionTypes: [''] })], says: 'goals.0.actionTypes.0' },
    { what: 'a long action type', goals: [goal({ actionTypes: ['a'.repeat(201)] })], says: 'at most 200' },
    { what: 'a line break in a type', goals: [goal({ actionTypes: ['a\nb'] })], says: 'control characters' },
    {
      what: 'half a letter in a type',
      goals: [goal({ actionTypes: ['a\ud800'] })],
      says: 'control characters',
    },
    { what: 'an action type twice', goals: [goal({ actionTypes: ['a', 'a'] })], says: 'twice' },
    { what: '31 goals', goals: many(31), says: 'more than 30' },
  ])('$what', async ({ goals, says }) => {
    const clientId = await addClient(database.db);
    const before = await goalsOf(clientId);
    await expect(updateClient(ctx, clientId, { name: 'Other', goals })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining(says) as string,
    });
    expect(await goalsOf(clientId)).toEqual(before);
    const [client] = await rowsOf(database.db, 'SELECT name FROM clients WHERE id = $1', [clientId]);
    expect(client).toEqual({ name: 'Brand' });
  });

  it('thirty of each platform can', async () => {
    const clientId = await addClient(database.db);
    await updateClient(ctx, clientId, { goals: [...many(30), ...many(30, 'GOOGLE')] });
    expect(await goalsOf(clientId)).toHaveLength(60);
  });
});

test('goals replace those of their platform, in their order, and no other\u2019s', async () => {
  const clientId = await addClient(database.db);
  await updateClient(ctx, clientId, { goals: [goal({ platform: 'GOOGLE', actionTypes: ['a', 'b'] })] });
  const given = [goal({ name: 'two', actionTypes: ['y', 'x'] }), goal({ name: 'one', actionTypes: ['x'] })];
  await updateClient(ctx, clientId, { goals: given });
  expect(await goalsOf(clientId)).toEqual([
    { platform: 'GOOGLE', name: 'lead', position: 0, action_types: ['a', 'b'] },
    { platform: 'META', name: 'two', position: 0, action_types: ['y', 'x'] },
    { platform: 'META', name: 'one', position: 1, action_types: ['x'] },
  ]);
});

describe('the run of it', () => {
  const tasksOf = (clientId: string) =>
    rowsOf(
      database.db,
      `SELECT task.account_id FROM run_tasks AS task JOIN runs ON runs.id = task.run_id
       WHERE runs.client_id = $1 AND runs.kind = 'GOALS' ORDER BY task.position`,
      [clientId],
    );

  it('has a task for each account of the platform whose goals are others now', async () => {
    const clientId = await addClient(database.db);
    const accounts = [
      await addAccount(database.db, clientId, { externalId: 'act_1' }),
      await addAccount(database.db, clientId, { externalId: 'act_2' }),
    ];
    await addAccount(database.db, clientId, { platform: 'GOOGLE' });
    await updateClient(ctx, clientId, { goals: [goal()] });
    expect(await tasksOf(clientId)).toEqual(accounts.map((account_id) => ({ account_id })));
  });

  it.each([
    { what: 'without accounts', goals: [goal()], account: false },
    { what: 'with the same goals', goals: GOALS.map((one) => ({ ...one, platform: 'META' })), account: true },
    { what: 'without goals', goals: null, account: true },
  ])('is not there $what', async ({ goals, account }) => {
    const clientId = await addClient(database.db);
    if (account) await addAccount(database.db, clientId);
    await updateClient(ctx, clientId, { name: 'Renamed', goals });
    expect(await tasksOf(clientId)).toEqual([]);
  });

  it('is there when the goals of the platform itself counted until now, and others do from now on', async () => {
    const clientId = await addClient(database.db);
    await addAccount(database.db, clientId);
    await rowsOf(database.db, 'DELETE FROM goals WHERE client_id = $1', [clientId]);
    await updateClient(ctx, clientId, { goals: GOALS.map((one) => ({ ...one, platform: 'META' })) });
    expect(await tasksOf(clientId)).toEqual([]);
    await updateClient(ctx, clientId, {
      goals: [...GOALS].reverse().map((one) => ({ ...one, platform: 'META' })),
    });
    expect(await tasksOf(clientId)).toHaveLength(1);
  });

  it('and the goals are both there or neither', async () => {
    const clientId = await addClient(database.db);
    await addAccount(database.db, clientId);
    const before = await goalsOf(clientId);
    const broken: Context = { ...ctx, jobs: { enqueueTasks: () => Promise.reject(new Error('queue away')) } };
    await expect(updateClient(broken, clientId, { goals: [goal()] })).rejects.toThrow('queue away');
    expect(await goalsOf(clientId)).toEqual(before);
    expect(await tasksOf(clientId)).toEqual([]);
  });
});

test('a client that is not there is NOT_FOUND', async () => {
  await expect(updateClient(ctx, randomUUID(), { name: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a viewer may not', async () => {
  const clientId = await addClient(database.db);
  const viewer = {
    kind: 'API_KEY' as const,
    id: 'v',
    name: 'v',
    role: 'VIEWER' as const,
    clientIds: [clientId],
  };
  await expect(updateClient({ ...ctx, actor: viewer }, clientId, { name: 'x' })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
});
