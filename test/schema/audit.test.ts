import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import { createClient } from '../../src/services/clients/create.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { openBrowser, signInWith } from '../support/browser.ts';
import { createPerson } from '../support/people.ts';
import { rootFields } from '../support/rootFields.ts';

let test: TestApp;
let clientId: string;
let viewerKey: { id: string; secret: string };

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  const client = await createClient(test.system, { name: 'Watched', timezone: 'UTC', currency: 'EUR' });
  clientId = client.id;
  const made = await createApiKey(test.system, { name: 'viewer key', role: 'VIEWER', clientIds: [clientId] });
  viewerKey = { id: made.apiKey.id, secret: made.secret.reveal() };
});
afterAll(() => test.stop());

const REVOKE = 'mutation ($id: ID!) { revokeApiKey(id: $id) }';

async function post(query: string, key: string | null, variables = {}): Promise<void> {
  const authorization: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(test.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify({ query, variables }),
  });
  await response.text();
}

/** The entries that `act` leaves behind, oldest first. */
async function entriesOf(act: () => Promise<unknown>) {
  const { prisma } = test.system.db;
  const last = await prisma.auditEntry.findFirst({ orderBy: { id: 'desc' } });
  await act();
  return prisma.auditEntry.findMany({
    where: { id: { gt: last?.id ?? 0n } },
    omit: { id: true, at: true },
    orderBy: { id: 'asc' },
  });
}

const SENT = { origin: '127.0.0.1', clientId: null, target: null };
const BOOTSTRAP = { actorKind: 'API_KEY', actorId: 'bootstrap', actorName: 'bootstrap' };

describe('every mutation is recorded', () => {
  it.each(rootFields().filter((field) => field.operation === 'mutation'))(
    '$name, whoever asks',
    async ({ name, document }) => {
      const entries = await entriesOf(async () => {
        await post(document, null);
        await post(document, viewerKey.secret);
        await post(document, test.adminKey);
      });
      expect(entries.map(({ actorKind, actorId, action }) => [actorKind, actorId, action])).toEqual([
        ['ANONYMOUS', null, name],
        ['API_KEY', viewerKey.id, name],
        ['API_KEY', 'bootstrap', name],
      ]);
      expect(entries.every(({ origin }) => origin === '127.0.0.1')).toBe(true);
    },
  );

  it('each field of one request, by its own name', async () => {
    const create = (alias: string) =>
      `${alias}: createApiKey(input: { name: "${alias}", role: ADMIN }) { secret }`;
    const entries = await entriesOf(() => post(`mutation { ${create('a')} ${create('b')} }`, test.adminKey));
    expect(entries.map(({ action }) => action)).toEqual(['createApiKey', 'createApiKey']);
    expect(new Set(entries.map(({ target }) => target)).size).toBe(2);
  });
});

describe('an entry', () => {
  it('says what was made', async () => {
    const create = 'mutation { createApiKey(input: { name: "k", role: ADMIN }) { apiKey { id } } }';
    const [entry] = await entriesOf(() => post(create, test.adminKey));
    const { id } = await test.system.db.prisma.apiKey.findFirstOrThrow({ where: { name: 'k' } });
    expect(entry).toEqual({
      ...SENT,
      ...BOOTSTRAP,
      action: 'createApiKey',
      target: `ApiKey:${id}`,
      outcome: 'OK',
    });
  });

  it('names the client it is about', async () => {
    const create =
      'mutation { createClient(input: { name: "Born", timezone: "UTC", currency: "EUR" }) { client { id } } }';
    const [made] = await entriesOf(() => post(create, test.adminKey));
    const born = await test.system.db.prisma.client.findFirstOrThrow({ where: { name: 'Born' } });
    expect(made).toMatchObject({ clientId: born.id, target: `Client:${born.id}`, outcome: 'OK' });
    const sync = 'mutation ($id: ID!) { triggerSync(input: { clientId: $id, days: 1 }) { id } }';
    const [refused] = await entriesOf(() =>
      post(sync, viewerKey.secret, { id: encodeNodeId('Client', clientId) }),
    );
    expect(refused).toEqual({
      ...SENT,
      actorKind: 'API_KEY',
      actorId: viewerKey.id,
      actorName: 'viewer key',
      action: 'triggerSync',
      clientId,
      target: `Client:${clientId}`,
      outcome: 'FORBIDDEN',
    });
  });

  it('says what failed and why', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    const [entry] = await entriesOf(() => post(REVOKE, test.adminKey, { id: encodeNodeId('ApiKey', id) }));
    expect(entry).toEqual({
      ...SENT,
      ...BOOTSTRAP,
      action: 'revokeApiKey',
      target: `ApiKey:${id}`,
      outcome: 'NOT_FOUND',
    });
  });

  it('keeps nothing of an id but a type that exists and a uuid', async () => {
    const crafted = Buffer.from(`Canary:00000000-0000-4000-8000-000000000000`).toString('base64url');
    const [entry] = await entriesOf(() => post(REVOKE, null, { id: crafted }));
    expect(entry).toMatchObject({ action: 'revokeApiKey', target: null, outcome: 'UNAUTHENTICATED' });
  });

  it('tells who signed in and whose password was guessed, and out', async () => {
    const person = await createPerson(test.system, { name: 'Dana' });
    const page = openBrowser(test.graphqlUrl);
    const entries = await entriesOf(async () => {
      await signInWith(page, person.email, 'not the password');
      await signInWith(page, 'nobody@example.com', 'not the password');
      await signInWith(page, person.email, person.password);
      await page.ask('mutation { signOut }');
    });
    const anonymous = {
      ...SENT,
      actorKind: 'ANONYMOUS',
      actorId: null,
      actorName: 'anonymous',
      action: 'signIn',
    };
    const target = `User:${person.id}`;
    expect(entries).toEqual([
      { ...anonymous, target, outcome: 'UNAUTHENTICATED' },
      { ...anonymous, outcome: 'UNAUTHENTICATED' },
      { ...anonymous, target, outcome: 'OK' },
      { ...SENT, actorKind: 'USER', actorId: person.id, actorName: 'Dana', action: 'signOut', outcome: 'OK' },
    ]);
  });

  it('holds no secret and no e-mail of what was sent or answered', async () => {
    const canary = {
      email: 'canary.person@example.com',
      password: 'canary password 9c1f',
      token: 'canary-token-77e0',
    };
    const page = openBrowser(test.graphqlUrl);
    const said: string[] = [];
    const ask = async (query: string, variables = {}, key: string | null = test.adminKey) => {
      const headers = key === null ? {} : { authorization: `Bearer ${key}` };
      const answer = await page.ask(query, { variables, headers });
      const [, secret] = /"(?:secret|invitationToken)":"([^"]+)"/.exec(JSON.stringify(answer.data)) ?? [];
      if (secret) said.push(secret);
    };
    const invite = `mutation ($email: String!) { inviteUser(input: { email: $email, name: "C", role: ADMIN }) { invitationToken } }`;
    const accept = `mutation ($token: String!, $password: String!) { acceptInvitation(token: $token, password: $password) { name } }`;
    await ask(invite, { email: canary.email });
    await ask(accept, { token: canary.token, password: canary.password }, null);
    await ask(accept, { token: said[0], password: canary.password }, null);
    await ask('mutation { createApiKey(input: { name: "c", role: ADMIN }) { secret } }');
    await ask(
      `mutation ($id: ID!, $token: String!) {
        connectAccount(input: { clientId: $id, platform: META, externalId: "act_1", token: $token }) { id }
      }`,
      { id: encodeNodeId('Client', clientId), token: canary.token },
    );
    await signInWith(page, canary.email, canary.password);
    await signInWith(page, canary.password, canary.email);
    expect(said).toHaveLength(2);
    const token = page.cookie().split('=')[1] ?? '';
    expect(token).toHaveLength(43);
    const table = JSON.stringify(await test.system.db.prisma.auditEntry.findMany(), (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    expect(table).toContain('acceptInvitation');
    for (const secret of [...Object.values(canary), ...said, token]) expect(table).not.toContain(secret);
    const logged = test.logged();
    for (const secret of [...Object.values(canary), ...said, token]) expect(logged).not.toContain(secret);
  });
});

async function asOwner(app: TestApp, statement: string): Promise<void> {
  const owner = new pg.Client({ connectionString: app.system.db.staff.url });
  await owner.connect();
  await owner.query(statement);
  await owner.end();
}

describe('a mutation whose entry cannot be written', () => {
  it('answers INTERNAL, and the log says what is missing', async () => {
    const app = await startTestApp({ jobs: false });
    try {
      await asOwner(app, 'REVOKE INSERT ON audit_log FROM tributary_staff');
      const page = openBrowser(app.graphqlUrl);
      const { codes } = await page.ask(
        'mutation { createApiKey(input: { name: "k", role: ADMIN }) { secret } }',
        {
          headers: { authorization: `Bearer ${app.adminKey}` },
        },
      );
      expect(codes).toEqual(['INTERNAL']);
      expect(app.logged()).toContain('an audit entry is missing');
    } finally {
      await app.stop();
    }
  });
});

describe('auditLog', () => {
  const ASK = `query ($clientId: ID, $action: String, $first: Int, $after: String) {
    auditLog(clientId: $clientId, action: $action, first: $first, after: $after) {
      nodes { at actorKind actorName action clientId target outcome origin } pageInfo { endCursor hasNextPage }
    }
  }`;
  interface Page {
    auditLog: {
      nodes: { at: string; action: string; clientId: string | null; outcome: string }[];
      pageInfo: { endCursor: string; hasNextPage: boolean };
    };
  }
  const read = async (variables: object) => (await test.client().request<Page>(ASK, variables)).auditLog;

  it('gives the newest first, page by page, of one client or action', async () => {
    for (let count = 0; count < 3; count += 1) await post('mutation { signOut }', test.adminKey);
    const newest = await read({ first: 2 });
    expect(newest.nodes.map(({ action }) => action)).toEqual(['signOut', 'signOut']);
    expect(newest.pageInfo.hasNextPage).toBe(true);
    const next = await read({ first: 2, after: newest.pageInfo.endCursor });
    const times = [...newest.nodes, ...next.nodes].map(({ at }) => at);
    expect(times).toEqual([...times].sort().reverse());
    const ofClient = await read({ clientId: encodeNodeId('Client', clientId), first: 50 });
    expect(ofClient.nodes.length).toBeGreaterThan(0);
    expect(new Set(ofClient.nodes.map((node) => node.clientId))).toEqual(
      new Set([encodeNodeId('Client', clientId)]),
    );
    const ofAction = await read({ action: 'signOut', first: 50 });
    expect(new Set(ofAction.nodes.map(({ action }) => action))).toEqual(new Set(['signOut']));
  });
});
