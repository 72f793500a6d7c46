import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actingAs, asSystem, inBackground, inTransaction, withStaffDatabase } from '../src/context.ts';
import type { Actor, Context } from '../src/context.ts';
import { addTenant } from './db/scene.ts';
import { createContext } from './jobs/support.ts';
import { createTestDatabase } from './support/database.ts';
import type { TestDatabase } from './support/database.ts';

let test: TestDatabase;
let ids: string[];
let root: Context;

beforeAll(async () => {
  test = await createTestDatabase();
  ids = [await addTenant(test.db), await addTenant(test.db), await addTenant(test.db)].sort();
  root = createContext(test.db);
});
afterAll(() => test.drop());

const somebody = { id: 'x', name: 'x' };
const viewer = (...clientIds: string[]): Actor => ({
  kind: 'USER',
  sessionId: 'x',
  ...somebody,
  role: 'VIEWER',
  clientIds,
});

/** The clients a context's database shows without any filter, to SQL, in a transaction and to Prisma. */
async function seen(ctx: Context): Promise<string[]> {
  const idsOf = ({ rows }: { rows: { id: string }[] }) => rows.map(({ id }) => id);
  const all = 'SELECT id FROM clients ORDER BY 1';
  const bare = idsOf(await ctx.db.pool.query<{ id: string }>(all));
  expect(idsOf(await inTransaction(ctx, (sql) => sql.query<{ id: string }>(all)))).toEqual(bare);
  expect((await ctx.db.prisma.client.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => id)).toEqual(bare);
  return bare;
}

describe('the database of a context', () => {
  it('is bound to what its actor may see', async () => {
    const [a = '', b = ''] = ids;
    expect(await seen(actingAs(root, { kind: 'ANONYMOUS' }))).toEqual([]);
    expect(await seen(actingAs(root, viewer()))).toEqual([]);
    expect(await seen(actingAs(root, viewer(b)))).toEqual([b]);
    expect(await seen(actingAs(root, viewer(b, a)))).toEqual([a, b]);
    const key: Actor = { kind: 'API_KEY', ...somebody, role: 'VIEWER', clientIds: [a] };
    expect(await seen(actingAs(root, key))).toEqual([a]);
    expect(await seen(actingAs(root, { ...key, role: 'ADMIN', clientIds: [] }))).toEqual(ids);
    expect(await seen(actingAs(root, { kind: 'SYSTEM', name: 'x' }))).toEqual(ids);
  });

  it('changes with the actor, whoever had the context before', async () => {
    const [a = '', b = ''] = ids;
    const mine = actingAs(root, viewer(a));
    expect(await seen(actingAs(mine, viewer(b)))).toEqual([b]);
    expect(await seen(asSystem(mine, 'x'))).toEqual(ids);
    expect(await seen(withStaffDatabase(mine))).toEqual(ids);
    expect(withStaffDatabase(mine).actor).toBe(mine.actor);
    expect(await seen(mine)).toEqual([a]);
  });

  it('keeps the connections of jobs for what is done in the background', async () => {
    const patience = async (ctx: Context) =>
      (await ctx.db.pool.query("SELECT current_setting('statement_timeout') AS longest")).rows;
    const background = inBackground(asSystem(root, 'jobs'));
    expect(await patience(asSystem(background, 'ADS_SYNC'))).toEqual([{ longest: '2min' }]);
    expect(await patience(asSystem(root, 'x'))).toEqual([{ longest: '10s' }]);
    expect(await seen(background)).toEqual(ids);
  });
});
