import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { Secret } from '../../src/lib/secret.ts';
import { authenticate } from '../../src/services/apiKeys/authenticate.ts';
import type { TestDatabase } from '../support/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { buildCommand, runCommand } from './process.ts';

let database: TestDatabase;
let settings: Record<string, string>;

beforeAll(async () => {
  buildCommand();
  database = await createTestDatabase();
  settings = {
    DATABASE_URL: database.url,
    TRIBUTARY_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    TRIBUTARY_ADMIN_KEY: 'a-key-of-the-environment',
  };
}, 120_000);

afterAll(() => database.drop());

const NORD = ['--name', 'Café Nord', '--timezone', 'Europe/Oslo', '--currency', 'NOK'];

it('adds a client once', async () => {
  expect(await runCommand(['clients', 'add', ...NORD], settings)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Added Café Nord as cafe-nord.'),
  });
  const again = await runCommand(['clients', 'add', ...NORD], settings);
  expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('exists already') });
  const { stdout } = await runCommand(['clients', 'list', '--json'], settings);
  expect(JSON.parse(stdout)).toEqual([
    expect.objectContaining({
      slug: 'cafe-nord',
      name: 'Café Nord',
      currency: 'NOK',
      accounts: 0,
      active: true,
    }),
  ]);
});

it('makes a key that works until it is revoked, and shows its secret once', async () => {
  const create = ['keys', 'create', '--name', 'board', '--role', 'VIEWER', '--client', 'cafe-nord', '--json'];
  const made = JSON.parse((await runCommand(create, settings)).stdout) as { id: string; secret: string };
  const ctx = { db: database.db, now: systemClock } as unknown as Context;
  const who = () => authenticate(ctx, { adminKey: null }, new Secret(made.secret));
  expect(await who()).toMatchObject({
    kind: 'API_KEY',
    name: 'board',
    role: 'VIEWER',
    clientIds: [expect.any(String)],
  });

  const listed = await runCommand(['keys', 'list'], settings);
  expect(listed.stdout).toMatch(new RegExp(`${made.id} +board +VIEWER +cafe-nord +valid`));
  expect(listed.stdout).not.toContain(made.secret.slice(-20));

  expect(await runCommand(['keys', 'revoke', made.id], settings)).toMatchObject({ code: 0 });
  await expect(who()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

it('makes no key for a client that is not there', async () => {
  const create = ['keys', 'create', '--name', 'b', '--role', 'VIEWER', '--client', 'cafe-nord', 'nobody'];
  const { code, stdout, stderr } = await runCommand(create, settings);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('No such client: nobody.');
  expect(await database.db.prisma.apiKey.count()).toBe(1);
});
