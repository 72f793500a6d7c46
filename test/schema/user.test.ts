import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { createClient } from '../../src/services/clients/create.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import type { Browser } from '../support/browser.ts';
import { openBrowser, signInWith } from '../support/browser.ts';
import { createPerson } from '../support/people.ts';

let test: TestApp;
let admin: Browser;
let adminId: string;
let clients: Record<'a' | 'b', string>;

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  const make = async (name: string) => {
    const client = await createClient(test.system, { name, timezone: 'UTC', currency: 'EUR' });
    return encodeNodeId('Client', client.id);
  };
  clients = { a: await make('A'), b: await make('B') };
  const person = await createPerson(test.system);
  adminId = encodeNodeId('User', person.id);
  admin = openBrowser(test.graphqlUrl);
  await signInWith(admin, person.email, person.password);
});
afterAll(() => test.stop());

const INVITE = `mutation ($input: InviteUserInput!) {
  inviteUser(input: $input) { invitationToken user { id email state role clients { name } } }
}`;
const ACCEPT = `mutation ($token: String!, $password: String!) {
  acceptInvitation(token: $token, password: $password) { name }
}`;
const UPDATE =
  'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { name role state clients { name } } }';
const REINVITE = 'mutation ($id: ID!) { reinviteUser(id: $id) { invitationToken } }';
const PASSWORD = 'a password of some length';

let invited = 0;

async function invite(input: Record<string, unknown> = {}) {
  invited += 1;
  const email = `invited-${invited}@example.com`;
  const given = { email, name: 'Invited', role: 'VIEWER', clientIds: [clients.a], ...input };
  const { data, codes } = await admin.ask(INVITE, { variables: { input: given } });
  expect(codes).toEqual([]);
  const { inviteUser } = data as { inviteUser: { invitationToken: string; user: { id: string } } };
  return { email, id: inviteUser.user.id, token: inviteUser.invitationToken };
}

function accept(token: string, password = PASSWORD) {
  return openBrowser(test.graphqlUrl).ask(ACCEPT, { variables: { token, password } });
}

async function signInAs(email: string, password = PASSWORD): Promise<{ codes: string[]; page: Browser }> {
  const page = openBrowser(test.graphqlUrl);
  return { page, codes: (await signInWith(page, email, password)).codes };
}

describe('an invitation', () => {
  it('makes a user who signs in once it is accepted, and is good once', async () => {
    const { email, token } = await invite({ email: '  New.Person@Example.COM ' });
    expect(email).toBeDefined();
    expect((await signInAs('new.person@example.com')).codes).toEqual(['UNAUTHENTICATED']);
    expect((await accept(token)).data).toEqual({ acceptInvitation: { name: 'Invited' } });
    expect((await signInAs('new.person@example.com')).codes).toEqual([]);
    expect((await accept(token, 'another long password')).codes).toEqual(['NOT_FOUND']);
    expect((await signInAs('new.person@example.com')).codes).toEqual([]);
  });

  it('that is accepted twice at once sets one password', async () => {
    const { email, token } = await invite();
    const passwords = ['first long password', 'second long password'];
    const answers = await Promise.all(passwords.map((password) => accept(token, password)));
    expect(answers.flatMap((answer) => answer.codes)).toEqual(['NOT_FOUND']);
    const won = passwords[answers.findIndex((answer) => answer.codes.length === 0)] ?? '';
    expect((await signInAs(email, won)).codes).toEqual([]);
  });

  it('runs out after seven days', async () => {
    const { id, token } = await invite();
    const where = { id: Buffer.from(id, 'base64url').toString().split(':')[1] ?? '' };
    const { invitationExpiresAt } = await test.system.db.prisma.user.findFirstOrThrow({ where });
    const days = ((invitationExpiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(6.99);
    expect(days).toBeLessThanOrEqual(7);
    await test.system.db.prisma.user.update({ where, data: { invitationExpiresAt: new Date() } });
    expect((await accept(token)).codes).toEqual(['NOT_FOUND']);
    expect((await test.system.db.prisma.user.findFirstOrThrow({ where })).passwordHash).toBeNull();
  });

  it('is void once there is a newer one, or the user is disabled', async () => {
    const { id, token } = await invite();
    const { data } = await admin.ask(REINVITE, { variables: { id } });
    const newer = (data as { reinviteUser: { invitationToken: string } }).reinviteUser.invitationToken;
    expect((await accept(token)).codes).toEqual(['NOT_FOUND']);
    await admin.ask(UPDATE, { variables: { input: { id, disabled: true } } });
    expect((await accept(newer)).codes).toEqual(['NOT_FOUND']);
    expect((await admin.ask(REINVITE, { variables: { id } })).codes).toEqual(['CONFLICT']);
    await admin.ask(UPDATE, { variables: { input: { id, disabled: false } } });
    expect((await accept(newer)).codes).toEqual(['NOT_FOUND']);
  });

  it('of a disabled user is void, also one that was not taken back', async () => {
    const { id, token } = await invite();
    const where = { id: Buffer.from(id, 'base64url').toString().split(':')[1] ?? '' };
    await test.system.db.prisma.user.update({ where, data: { disabledAt: new Date() } });
    expect((await accept(token)).codes).toEqual(['NOT_FOUND']);
  });

  it('replaces a forgotten password and ends what was open with the old one', async () => {
    const person = await createPerson(test.system);
    const { page } = await signInAs(person.email, person.password);
    const { data } = await admin.ask(REINVITE, { variables: { id: encodeNodeId('User', person.id) } });
    const { invitationToken } = (data as { reinviteUser: { invitationToken: string } }).reinviteUser;
    expect((await page.ask('{ viewer { name } }')).codes).toEqual([]);
    expect((await accept(invitationToken)).codes).toEqual([]);
    expect((await page.ask('{ viewer { name } }')).codes).toEqual(['UNAUTHENTICATED']);
    expect((await signInAs(person.email, person.password)).codes).toEqual(['UNAUTHENTICATED']);
    expect((await signInAs(person.email)).codes).toEqual([]);
  });

  it.each([
    ['eleven characters', 'a'.repeat(11)],
    ['201 characters', 'a'.repeat(201)],
    ['the e-mail', 'E-MAIL'],
  ])('takes no password of %s, and stays open', async (_what, text) => {
    const { email, token } = await invite();
    const bad = await accept(token, text === 'E-MAIL' ? email.toUpperCase() : text);
    expect(bad.codes).toEqual(['BAD_USER_INPUT']);
    expect(bad.messages.join()).not.toContain(email);
    expect((await accept(token, 'twelve chars')).codes).toEqual([]);
  });

  it.each([
    ['an e-mail that is none', { email: 'nobody' }, 'BAD_USER_INPUT'],
    ['a VIEWER without clients', { clientIds: [] }, 'BAD_USER_INPUT'],
    ['an ADMIN with clients', { role: 'ADMIN' }, 'BAD_USER_INPUT'],
    ['no name', { name: ' ' }, 'BAD_USER_INPUT'],
    ['a name that cannot be stored', { name: 'a\u0000b' }, 'BAD_USER_INPUT'],
    ['a client that is not there', { clientIds: [encodeNodeId('Client', randomUUID())] }, 'NOT_FOUND'],
  ])('is not made for %s', async (_what, input, code) => {
    const before = await test.system.db.prisma.user.count();
    const given = {
      email: 'refused@example.com',
      name: 'R',
      role: 'VIEWER',
      clientIds: [clients.a],
      ...input,
    };
    expect((await admin.ask(INVITE, { variables: { input: given } })).codes).toEqual([code]);
    expect(await test.system.db.prisma.user.count()).toBe(before);
  });

  it('is made once for one e-mail, and the refusal does not repeat it', async () => {
    const { email } = await invite();
    const input = { email: email.toUpperCase(), name: 'Again', role: 'ADMIN' };
    const { codes, messages } = await admin.ask(INVITE, { variables: { input } });
    expect(codes).toEqual(['CONFLICT']);
    expect(messages.join().toLowerCase()).not.toContain(email);
  });
});

describe('updateUser', () => {
  it('changes what is given and leaves the rest', async () => {
    const { id } = await invite();
    const change = async (input: object) =>
      (await admin.ask(UPDATE, { variables: { input: { id, ...input } } })).data;
    const as = (user: object) => ({
      updateUser: { name: 'Invited', role: 'VIEWER', state: 'INVITED', clients: [{ name: 'A' }], ...user },
    });
    expect(await change({})).toEqual(as({}));
    expect(await change({ name: 'Renamed' })).toEqual(as({ name: 'Renamed' }));
    expect(await change({ name: 'Invited', clientIds: [clients.b] })).toEqual(
      as({ clients: [{ name: 'B' }] }),
    );
    expect(await change({ role: 'ADMIN' })).toEqual(as({ role: 'ADMIN', clients: [] }));
    expect(await change({ role: 'VIEWER', clientIds: [clients.a] })).toEqual(as({}));
  });

  it('ends the sessions of who may see less, and only theirs', async () => {
    const { email, id, token } = await invite({ clientIds: [clients.a, clients.b] });
    await accept(token);
    const { page } = await signInAs(email);
    const change = (input: object) => admin.ask(UPDATE, { variables: { input: { id, ...input } } });
    await change({ name: 'Other', clientIds: [clients.b, clients.a] });
    expect((await page.ask('{ viewer { name } }')).data).toEqual({ viewer: { name: 'Other' } });
    await change({ clientIds: [clients.a] });
    expect((await page.ask('{ viewer { name } }')).codes).toEqual(['UNAUTHENTICATED']);
    expect((await admin.ask('{ viewer { name } }')).codes).toEqual([]);
  });

  it('disables nobody who asks for it themself', async () => {
    const { codes, messages } = await admin.ask(UPDATE, {
      variables: { input: { id: adminId, disabled: true } },
    });
    expect({ codes, messages }).toEqual({
      codes: ['BAD_USER_INPUT'],
      messages: ['You cannot disable yourself.'],
    });
    expect((await admin.ask('{ viewer { name } }')).codes).toEqual([]);
  });

  it('knows no user of another id', async () => {
    for (const id of [encodeNodeId('User', randomUUID()), clients.a, 'nonsense']) {
      expect((await admin.ask(UPDATE, { variables: { input: { id, name: 'X' } } })).codes).toEqual([
        'NOT_FOUND',
      ]);
      expect((await admin.ask(REINVITE, { variables: { id } })).codes).toEqual(['NOT_FOUND']);
    }
  });
});

describe('users', () => {
  it('lists everybody by e-mail, in the same number of statements', async () => {
    const list = async () => {
      test.takeQueries();
      const query = '{ users(first: 100) { nodes { email state clients { name } } } }';
      const { users } = await test
        .client()
        .request<{ users: { nodes: { email: string; state: string }[] } }>(query);
      return { users: users.nodes, statements: test.takeQueries().length };
    };
    const before = await list();
    const { email } = await invite();
    await invite();
    const after = await list();
    expect(after.users).toHaveLength(before.users.length + 2);
    expect(after.users.find((user) => user.email === email)).toEqual({
      email,
      state: 'INVITED',
      clients: [{ name: 'A' }],
    });
    expect(after.users.map((user) => user.email)).toEqual(after.users.map((user) => user.email).sort());
    expect(after.statements).toBe(before.statements);
  });
});
