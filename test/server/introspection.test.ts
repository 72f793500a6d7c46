import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import { createClient } from '../../src/services/clients/create.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { WAYS } from '../support/ways.ts';

let production: TestApp;
let development: TestApp;
let viewerKey: string;

beforeAll(async () => {
  [production, development] = await Promise.all([
    startTestApp({ jobs: false, config: { production: true } }),
    startTestApp({ jobs: false, config: { production: false } }),
  ]);
  const client = await createClient(production.system, { name: 'Seen', timezone: 'UTC', currency: 'EUR' });
  const viewer = { name: 'v', role: 'VIEWER' as const, clientIds: [client.id] };
  viewerKey = (await createApiKey(production.system, viewer)).secret.reveal();
});
afterAll(() => Promise.all([production.stop(), development.stop()]));

const SCHEMA = [
  '{ __schema { queryType { name } } }',
  '{ __type(name: "Client") { name } }',
  'query ($i: Boolean = true) { ...F @include(if: $i) } fragment F on Query { s: __schema { queryType { name } } }',
];
const MISTAKES = [
  { query: '{ clientz { nodes { id } } }' },
  { query: '{ totals(clientId: "x", rangee: {}) { clicks } }' },
  { query: '{ syncRuns(status: RUNING) { nodes { id } } }' },
  { query: '{ viewer { name } ... on Qeury { __typename } }' },
  { query: 'query ($s: RunStatus) { syncRuns(status: $s) { nodes { id } } }', variables: { s: 'RUNING' } },
  {
    query: 'query ($r: DateRange!) { totals(clientId: "x", range: $r) { clicks } }',
    variables: { r: { from: '2026-10-01', to: '2026-10-01', too: '2026-10-01' } },
  },
];

describe.each(Object.entries(WAYS))('over %s', (_name, ask) => {
  it('a viewer in production may not ask for the schema, and is told nothing of it', async () => {
    for (const key of [viewerKey, null]) {
      const target = { url: production.graphqlUrl, key };
      for (const query of SCHEMA) expect((await ask(target, { query })).codes).toContain('BAD_USER_INPUT');
      for (const mistake of MISTAKES) {
        const { codes, text } = await ask(target, mistake);
        expect(codes[0]).toBe('BAD_USER_INPUT');
        expect(text).not.toContain('Did you mean');
      }
    }
  });

  it('an admin may, and so may everybody where it is developed', async () => {
    for (const target of [
      { url: production.graphqlUrl, key: production.adminKey },
      { url: development.graphqlUrl, key: null },
    ]) {
      for (const query of SCHEMA) expect((await ask(target, { query })).codes).toEqual([]);
      for (const mistake of MISTAKES) expect((await ask(target, mistake)).text).toContain('Did you mean');
    }
  });
});
