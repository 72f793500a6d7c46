import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient } from '../../src/services/clients/create.ts';
import { changeGoals, store } from '../services/goals/support.ts';
import { action, addAccount, adRow, contextOf, GOALS } from '../services/sync/support.ts';
import type { TestDatabase } from '../support/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { buildCommand, runCommand } from './process.ts';

let database: TestDatabase;
let settings: Record<string, string>;
let clientId: string;

beforeAll(async () => {
  buildCommand();
  database = await createTestDatabase();
  settings = {
    DATABASE_URL: database.url,
    TRIBUTARY_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  };
  const ctx = contextOf(database.db);
  ({ id: clientId } = await createClient(ctx, { name: 'Nord', timezone: 'UTC', currency: 'NOK' }));
  const accountId = await addAccount(database.db, clientId, { externalId: 'act_1' });
  const rows = ['2026-11-18', '2026-11-20'].map((date) =>
    adRow({ date, actions: { omni_purchase: action('2'), custom: action('7') } }),
  );
  const window = { from: '2026-11-18', to: '2026-11-20' };
  await store(database.db, { holder: { clientId, accountId }, goals: GOALS, rows, window });
}, 120_000);
afterAll(() => database.drop());

const goals = (...options: string[]) => runCommand(['clients', 'goals', 'nord', ...options], settings);

async function conversions(): Promise<number> {
  const { rows } = await database.db.pool.query<{ sum: number }>(
    'SELECT sum(conversions)::int AS sum FROM client_days WHERE client_id = $1',
    [clientId],
  );
  return rows[0]?.sum ?? -1;
}

it('shows the goals, and what a template would change', async () => {
  const { stdout } = await goals('--platform', 'meta');
  expect(stdout).toMatch(/PLATFORM +GOAL +PRIMARY +ACTION TYPES\nMETA +purchase +yes +omni_purchase, /);
  const listed = JSON.parse((await goals('--json')).stdout) as object[];
  expect(listed).toContainEqual(
    expect.objectContaining({ platform: 'META', name: 'purchase', primary: true }),
  );

  const plan = await goals('--template', 'default', '--platform', 'meta', '--dry-run');
  expect(plan.stdout).toContain('Would compute 2 account-days anew. Nothing was changed.');
  const planned = JSON.parse((await goals('--template', 'DEFAULT', '--dry-run', '--json')).stdout) as object;
  expect(planned).toEqual({
    ...{ dryRun: true, days: 2 },
    accounts: [{ platform: 'META', account: 'act_1', days: 2, rows: 2 }],
  });
}, 60_000);

it('takes a template and computes the history anew in this process', async () => {
  const own = [{ name: 'custom', actionTypes: ['custom'] }];
  const runId = await changeGoals(contextOf(database.db), clientId, own);
  await database.db.pool.query('DELETE FROM runs WHERE id = $1', [runId]);
  await database.db.pool.query('UPDATE client_days SET conversions = 14 WHERE client_id = $1', [clientId]);
  await database.db.pool.query(
    `UPDATE ad_insights SET conversions = 7, goals = '{"custom":{"count":"7","value":"0","action":"custom"}}' WHERE client_id = $1`,
    [clientId],
  );
  const taken = await goals('--template', 'DEFAULT', '--platform', 'META', '--json');
  expect({ ...taken, stdout: JSON.parse(taken.stdout) as unknown }).toMatchObject({
    code: 0,
    stdout: { status: 'SUCCEEDED', tasks: { total: 1, done: 1, failed: 0 }, records: 2 },
  });
  expect(await conversions()).toBe(4);
  const entry = await database.db.prisma.auditEntry.findFirst({ where: { action: 'updateClient' } });
  expect(entry).toMatchObject({ actorName: 'cli', clientId, outcome: 'OK' });

  const again = await goals('--template', 'DEFAULT', '--platform', 'META');
  expect(again.stdout).toMatch(/^Nothing to compute anew/);
}, 60_000);

it('says which templates there are, and who is not there', async () => {
  const wrong = await goals('--template', 'nonsense', '--platform', 'META');
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain('There is DEFAULT');
  expect((await goals('--dry-run')).stderr).toContain('--dry-run needs --template');
  expect((await runCommand(['clients', 'goals', 'nobody'], settings)).stderr).toContain(
    'No such client: nobody',
  );
}, 60_000);
