import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import { createClient } from '../../src/services/clients/create.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { rootFields } from '../support/rootFields.ts';
import { collectEvents, collectSocket } from '../support/subscribe.ts';

let test: TestApp;
let viewerKey: string;

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  const client = await createClient(test.system, { name: 'Seen', timezone: 'UTC', currency: 'EUR' });
  const created = await createApiKey(test.system, { name: 'viewer', role: 'VIEWER', clientIds: [client.id] });
  viewerKey = created.secret.reveal();
});
afterAll(() => test.stop());

async function post(document: string, key: string | null) {
  const response = await fetch(test.graphqlUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ query: document }),
  });
  return { status: response.status, body: (await response.json()) as Answer };
}

interface Answer {
  data?: unknown;
  errors?: { message: string; extensions: { code: string } }[];
}

/** Tables whose rows a refused mutation could have changed. */
async function rowCounts(): Promise<unknown> {
  const tables = [
    'clients',
    'ad_accounts',
    'credentials',
    'api_keys',
    'runs',
    'run_tasks',
    'users',
    'sessions',
    'schedules',
    'settings',
    'mails',
  ];
  const selects = tables.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`);
  return (await test.app.ctx.db.pool.query(`SELECT ${selects.join(', ')}`)).rows[0];
}

/** What proves by itself who is asking. A new public field has to be put here on purpose. */
const PUBLIC_FIELDS = ['acceptInvitation', 'signIn'];

const all = rootFields();
const fields = all.filter((field) => !PUBLIC_FIELDS.includes(field.name));

it('only what is meant to be is public', () => {
  const declared = all.filter((field) => field.isPublic).map((field) => field.name);
  expect(declared.sort()).toEqual(PUBLIC_FIELDS);
});

describe('without a key', () => {
  it.each(fields.filter((field) => field.operation !== 'subscription'))(
    '$operation $name is refused over POST',
    async ({ document }) => {
      const before = await rowCounts();
      const { body } = await post(document, null);
      expect(body.errors?.map((error) => error.extensions.code)).toEqual(['UNAUTHENTICATED']);
      expect(await rowCounts()).toEqual(before);
    },
  );

  it.each(fields)('$operation $name is refused over WebSocket', async ({ document }) => {
    const asked = collectSocket({ url: test.graphqlUrl, key: null, query: document });
    await expect(asked).rejects.toThrow('Send an API key');
  });

  it.each(fields.filter((field) => field.operation === 'subscription'))(
    '$name is refused over SSE',
    async ({ document }) => {
      const events = await collectEvents<unknown>({ url: test.graphqlUrl, key: null, query: document });
      expect(events).toEqual([undefined]);
    },
  );
});

describe('what is public', () => {
  it.each(all.filter((field) => field.isPublic))(
    '$name does nothing for who proves nothing',
    async ({ document }) => {
      const before = await rowCounts();
      for (const key of [null, viewerKey]) {
        const { body } = await post(document, key);
        expect(['UNAUTHENTICATED', 'NOT_FOUND']).toContain(body.errors?.[0]?.extensions.code);
      }
      expect(await rowCounts()).toEqual(before);
    },
  );
});

describe('with a key that is not valid', () => {
  it.each(['nonsense', `trb_${'0'.repeat(32)}_${'A'.repeat(43)}`])('%s is HTTP 401', async (key) => {
    const { status, body } = await post('{ viewer { name } }', key);
    expect(status).toBe(401);
    expect(body.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });
});

describe('with a VIEWER key', () => {
  it.each(fields.filter((field) => field.operation === 'mutation'))(
    'mutation $name is refused',
    async ({ document }) => {
      const before = await rowCounts();
      const { body } = await post(document, viewerKey);
      expect(body.errors?.map((error) => error.extensions.code)).toEqual(['FORBIDDEN']);
      expect(await rowCounts()).toEqual(before);
    },
  );
});
