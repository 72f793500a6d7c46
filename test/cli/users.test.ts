import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
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

const ENTRY = {
  actorKind: 'SYSTEM',
  actorId: null,
  actorName: 'cli',
  clientId: null,
  target: null,
  origin: null,
};

it('invites, lists and disables, and every change is in the audit log', async () => {
  const add = [
    'clients',
    'add',
    '--name',
    'Nord',
    '--timezone',
    'Europe/Oslo',
    '--currency',
    'NOK',
    '--json',
  ];
  const client = JSON.parse((await runCommand(add, settings)).stdout) as { id: string };
  const invite = ['users', 'invite', '--email', 'Kari@Example.com', '--name', 'Kari', '--role', 'VIEWER'];
  const invited = await runCommand([...invite, '--client', 'nord', '--json'], settings);
  const { id, invitationToken } = JSON.parse(invited.stdout) as { id: string; invitationToken: string };
  expect(invitationToken).toMatch(/^[\w-]{43}$/);

  const listed = await runCommand(['users', 'list'], settings);
  expect(listed.stdout).toMatch(new RegExp(`${id} +kari@example.com +Kari +VIEWER +nord +invited`));
  expect((await runCommand(['users', 'list', '--json'], settings)).stdout).not.toMatch(/hash/i);

  expect(await runCommand([...invite, '--client', 'nord'], settings)).toMatchObject({ code: 1, stdout: '' });
  expect(await runCommand(['users', 'disable', ' KARI@example.com'], settings)).toMatchObject({
    code: 0,
    stdout: `Disabled ${id}.\n`,
  });
  expect(await database.db.prisma.user.findFirst({ where: { id } })).toMatchObject({
    disabledAt: expect.any(Date),
    invitationHash: null,
  });
  expect(await runCommand(['users', 'disable', 'nobody@example.com'], settings)).toMatchObject({ code: 2 });

  const key = ['keys', 'create', '--name', 'desk', '--role', 'ADMIN', '--json'];
  const made = JSON.parse((await runCommand(key, settings)).stdout) as { id: string };
  await runCommand(['keys', 'revoke', made.id], settings);
  const entries = await database.db.prisma.auditEntry.findMany({
    omit: { id: true, at: true },
    orderBy: { id: 'asc' },
  });
  expect(entries).toEqual([
    { ...ENTRY, action: 'createClient', clientId: client.id, target: `Client:${client.id}`, outcome: 'OK' },
    { ...ENTRY, action: 'inviteUser', target: `User:${id}`, outcome: 'OK' },
    { ...ENTRY, action: 'inviteUser', outcome: 'CONFLICT' },
    { ...ENTRY, action: 'updateUser', target: `User:${id}`, outcome: 'OK' },
    { ...ENTRY, action: 'createApiKey', target: `ApiKey:${made.id}`, outcome: 'OK' },
    { ...ENTRY, action: 'revokeApiKey', target: `ApiKey:${made.id}`, outcome: 'OK' },
  ]);
}, 120_000);
