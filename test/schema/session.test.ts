import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/lib/crypto.ts';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import { createClient } from '../../src/services/clients/create.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import type { Browser } from '../support/browser.ts';
import { openBrowser, signInWith } from '../support/browser.ts';
import type { Person } from '../support/people.ts';
import { createPerson } from '../support/people.ts';
import { collectSocket } from '../support/subscribe.ts';

let test: TestApp;
let admin: Person;
let browser: Browser;

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  admin = await createPerson(test.system);
});
afterAll(() => test.stop());
beforeEach(() => {
  browser = openBrowser(test.graphqlUrl);
});

const VIEWER = '{ viewer { kind name role email clients { name } } }';
const CREATE =
  'mutation { createClient(input: { name: "X", timezone: "UTC", currency: "EUR" }) { client { id } } }';

function sessionsOf(person: Person): Promise<number> {
  return test.system.db.prisma.session.count({ where: { userId: person.id } });
}

async function signedIn(person: Person): Promise<Browser> {
  const fresh = openBrowser(test.graphqlUrl);
  const { codes } = await signInWith(fresh, person.email, person.password);
  expect(codes).toEqual([]);
  return fresh;
}

describe('signing in', () => {
  it('opens a session in a cookie that scripts and other sites cannot use', async () => {
    const { data, cookies } = await signInWith(browser, `  ${admin.email.toUpperCase()} `, admin.password);
    expect(data).toEqual({ signIn: { viewer: { name: 'Person 1' } } });
    expect(cookies).toHaveLength(1);
    const [pair, ...flags] = cookies[0]?.split('; ') ?? [];
    expect(pair).toMatch(/^tributary_session=[\w-]{43}$/);
    expect(flags.sort()).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Strict']);
    expect((await browser.ask(VIEWER)).data).toEqual({
      viewer: { kind: 'USER', name: 'Person 1', role: 'ADMIN', email: admin.email, clients: null },
    });
  });

  it('stores the hash of the token alone', async () => {
    const token = (await signedIn(admin)).cookie().split('=')[1] ?? '';
    const rows = await test.system.db.prisma.session.findMany({ where: { userId: admin.id } });
    const hashes = rows.map((row) => Buffer.from(row.tokenHash).toString('hex'));
    expect(hashes).toContain(sha256(token).toString('hex'));
    expect(hashes).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  });

  it('answers a wrong password, an unknown e-mail, a disabled and an invited user alike', async () => {
    const disabled = await createPerson(test.system);
    await test
      .client()
      .request('mutation ($id: ID!) { updateUser(input: { id: $id, disabled: true }) { id } }', {
        id: encodeNodeId('User', disabled.id),
      });
    const invite =
      'mutation { inviteUser(input: { email: "open@example.com", name: "O", role: ADMIN }) { user { id } } }';
    await test.client().request(invite);
    const tries = [
      [admin.email, 'not the password'],
      ['nobody@example.com', admin.password],
      ['not an address', admin.password],
      [disabled.email, disabled.password],
      ['open@example.com', ''],
    ] as const;
    const answers = await Promise.all(tries.map(([email, password]) => signInWith(browser, email, password)));
    const [first] = answers;
    expect(first).toMatchObject({ codes: ['UNAUTHENTICATED'], cookies: [] });
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify(first)]),
    );
    expect(await test.system.db.prisma.session.count({ where: { userId: disabled.id } })).toBe(0);
  });

  it('is not possible over WebSocket, where no cookie can be set', async () => {
    const before = await sessionsOf(admin);
    const query = `mutation { signIn(email: "${admin.email}", password: "${admin.password}") { viewer { name } } }`;
    await expect(collectSocket({ url: test.graphqlUrl, key: null, query })).rejects.toThrow(
      'over plain HTTP',
    );
    expect(await sessionsOf(admin)).toBe(before);
  });

  it('is not possible in a stream, whose headers are sent before anybody is signed in', async () => {
    const before = await sessionsOf(admin);
    const query = `mutation { signIn(email: "${admin.email}", password: "${admin.password}") { viewer { name } } }`;
    const answer = await fetch(test.graphqlUrl, {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect(await answer.text()).toContain('over plain HTTP');
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(await sessionsOf(admin)).toBe(before);
  });

  it('replaces the session the browser had', async () => {
    const mine = await signedIn(admin);
    const old = openBrowser(test.graphqlUrl);
    old.keep(mine.cookie());
    await signInWith(mine, admin.email, admin.password);
    expect((await mine.ask(VIEWER)).codes).toEqual([]);
    expect((await old.ask(VIEWER)).codes).toEqual(['UNAUTHENTICATED']);
  });

  it('works again although the browser still sends an ended session', async () => {
    browser.keep(`tributary_session=${randomBytes(32).toString('base64url')}`);
    expect((await browser.ask(VIEWER)).codes).toEqual(['UNAUTHENTICATED']);
    expect((await signInWith(browser, admin.email, admin.password)).codes).toEqual([]);
    expect((await browser.ask(VIEWER)).codes).toEqual([]);
  });
});

describe('a session', () => {
  it('without the CSRF header reads nothing and changes nothing', async () => {
    const mine = await signedIn(admin);
    const before = await test.system.db.prisma.client.count();
    const headers = { 'x-tributary-csrf': null };
    for (const query of [VIEWER, CREATE]) {
      const { status, codes, messages } = await mine.ask(query, { headers });
      expect({ status, codes }).toEqual({ status: 401, codes: ['UNAUTHENTICATED'] });
      expect(messages[0]).toContain('x-tributary-csrf');
    }
    expect(await test.system.db.prisma.client.count()).toBe(before);
    expect((await mine.ask(CREATE)).codes).toEqual([]);
  });

  it('gives way to a key', async () => {
    const mine = await signedIn(admin);
    const headers = { authorization: `Bearer ${test.adminKey}`, 'x-tributary-csrf': null };
    expect((await mine.ask('{ viewer { kind } }', { headers })).data).toEqual({
      viewer: { kind: 'API_KEY' },
    });
    const wrong = await mine.ask(VIEWER, { headers: { authorization: 'Bearer nonsense' } });
    expect(wrong.codes).toEqual(['UNAUTHENTICATED']);
  });

  it('ends when signed out, and no other ends with it', async () => {
    const other = await createPerson(test.system);
    const [mine, mineToo, theirs] = [await signedIn(admin), await signedIn(admin), await signedIn(other)];
    const stolen = openBrowser(test.graphqlUrl);
    stolen.keep(mine.cookie());
    expect((await stolen.ask(VIEWER)).codes).toEqual([]);
    const { data, cookies } = await mine.ask('mutation { signOut }');
    expect(data).toEqual({ signOut: true });
    expect(cookies[0]).toMatch(/^tributary_session=; Max-Age=0; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(mine.cookie()).toBe('');
    expect((await stolen.ask(VIEWER)).codes).toEqual(['UNAUTHENTICATED']);
    expect((await mineToo.ask(VIEWER)).codes).toEqual([]);
    expect((await theirs.ask(VIEWER)).codes).toEqual([]);
  });

  it('cannot be ended with a key', async () => {
    const before = await sessionsOf(admin);
    await expect(test.client().request('mutation { signOut }')).rejects.toThrow('Only who signed in');
    expect(await sessionsOf(admin)).toBe(before);
  });

  it('ends at once when the user is disabled', async () => {
    const person = await createPerson(test.system);
    const mine = await signedIn(person);
    const change =
      'mutation ($id: ID!, $d: Boolean!) { updateUser(input: { id: $id, disabled: $d }) { state } }';
    const id = encodeNodeId('User', person.id);
    expect(await test.client().request(change, { id, d: true })).toEqual({
      updateUser: { state: 'DISABLED' },
    });
    expect((await mine.ask(VIEWER)).codes).toEqual(['UNAUTHENTICATED']);
    expect(await test.client().request(change, { id, d: false })).toEqual({
      updateUser: { state: 'ACTIVE' },
    });
    expect((await mine.ask(VIEWER)).codes).toEqual(['UNAUTHENTICATED']);
    await signedIn(person);
  });

  it('of a VIEWER sees its clients alone and changes nothing', async () => {
    const make = (name: string) => createClient(test.system, { name, timezone: 'UTC', currency: 'EUR' });
    const [own, foreign] = [await make('Own'), await make('Foreign')];
    const person = await createPerson(test.system, { role: 'VIEWER', clientIds: [own.id] });
    const mine = await signedIn(person);
    const { data } = await mine.ask(
      '{ clients(first: 50) { nodes { name } } viewer { role clients { name } } }',
    );
    expect(data).toEqual({
      clients: { nodes: [{ name: 'Own' }] },
      viewer: { role: 'VIEWER', clients: [{ name: 'Own' }] },
    });
    const one = 'query ($id: ID!) { client(id: $id) { name } }';
    expect((await mine.ask(one, { variables: { id: encodeNodeId('Client', foreign.id) } })).data).toEqual({
      client: null,
    });
    for (const query of [
      CREATE,
      '{ users { nodes { id } } }',
      '{ apiKeys { nodes { id } } }',
      '{ auditLog { nodes { at } } }',
    ]) {
      expect((await mine.ask(query)).codes).toEqual(['FORBIDDEN']);
    }
  });
});

describe('guessing', () => {
  it('is stopped after five failures of one e-mail, also made at once, and says how long', async () => {
    const app = await startTestApp({ jobs: false });
    try {
      const person = await createPerson(app.system);
      const page = openBrowser(app.graphqlUrl);
      const guesses = await Promise.all(
        Array.from({ length: 7 }, (_, index) => signInWith(page, person.email, `guess number ${index}`)),
      );
      const codes = guesses.flatMap((guess) => guess.codes).sort();
      expect(codes).toEqual([
        ...Array<string>(2).fill('RATE_LIMITED'),
        ...Array<string>(5).fill('UNAUTHENTICATED'),
      ]);
      const right = await signInWith(page, ` ${person.email.toUpperCase()}`, person.password);
      expect(right).toMatchObject({ codes: ['RATE_LIMITED'], cookies: [] });
      expect(right.messages[0]).toMatch(/try again in 15 minutes/);
      const other = await createPerson(app.system);
      expect((await signInWith(page, other.email, other.password)).codes).toEqual([]);
    } finally {
      await app.stop();
    }
  });
});

describe('apiKeys', () => {
  it('lists every key with clients, state and last use, in the same number of statements', async () => {
    const count = async () => {
      test.takeQueries();
      const query = '{ apiKeys(first: 50) { nodes { name state lastUsedAt clients { name } } } }';
      const { apiKeys } = await test
        .client()
        .request<{ apiKeys: { nodes: { name: string; state: string; clients: { name: string }[] }[] } }>(
          query,
        );
      return { nodes: apiKeys.nodes, statements: test.takeQueries().length };
    };
    const client = await createClient(test.system, { name: 'Keyed', timezone: 'UTC', currency: 'EUR' });
    const make = (name: string) =>
      createApiKey(test.system, { name, role: 'VIEWER', clientIds: [client.id] });
    const { apiKey } = await make('first');
    const few = await count();
    await make('second');
    await make('third');
    await test.system.db.prisma.apiKey.update({ where: { id: apiKey.id }, data: { revokedAt: new Date() } });
    const many = await count();
    expect(many.statements).toBe(few.statements);
    expect(many.nodes.find(({ name }) => name === 'first')).toMatchObject({
      state: 'REVOKED',
      clients: [{ name: 'Keyed' }],
    });
    expect(many.nodes.find(({ name }) => name === 'third')).toMatchObject({
      state: 'VALID',
      lastUsedAt: null,
    });
  });
});
