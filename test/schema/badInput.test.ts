import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/services/clients/create.ts';
import { encodeNodeId } from '../../src/schema/ids.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';

let test: TestApp;
let clientId: string;

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  const client = await createClient(test.system, { name: 'Asked', timezone: 'UTC', currency: 'EUR' });
  clientId = encodeNodeId('Client', client.id);
});
afterAll(() => test.stop());

interface Refusal {
  data?: unknown;
  errors?: { message: string; extensions: { code: string } }[];
}

async function ask(query: string): Promise<Refusal> {
  const response = await fetch(test.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${test.adminKey}` },
    body: JSON.stringify({ query: query.replaceAll('$C', JSON.stringify(clientId)) }),
  });
  return (await response.json()) as Refusal;
}

/** Everything a mutation of this file could change. */
async function stored(): Promise<unknown> {
  const tables = ['clients', 'ad_accounts', 'credentials', 'api_keys', 'runs', 'run_tasks', 'slices'];
  const selects = tables.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`);
  return (await test.app.ctx.db.pool.query(`SELECT ${selects.join(', ')}`)).rows[0];
}

const unknownClient = encodeNodeId('Client', '00000000-0000-4000-8000-000000000000');
const totals = (range: string) => `{ totals(clientId: $C, range: ${range}) { impressions } }`;
const sync = (input: string) => `mutation { triggerSync(input: ${input}) { id } }`;
const client = (input: string) => `mutation { createClient(input: ${input}) { client { id } } }`;
const account = (input: string) => `mutation { connectAccount(input: ${input}) { id } }`;
const key = (input: string) => `mutation { createApiKey(input: ${input}) { secret } }`;

const CASES: [what: string, query: string, code: string, says: RegExp][] = [
  ['clients: text with NUL', '{ clients(search: "a\\u0000b") { nodes { id } } }', 'BAD_USER_INPUT', /NUL/],
  [
    'createClient: a name with NUL',
    `mutation { createClient(input: {name: "a\\u0000", timezone: "UTC", currency: "EUR"}) { client { id } } }`,
    'BAD_USER_INPUT',
    /NUL/,
  ],
  [
    'totals: from after to',
    totals('{from: "2026-10-02", to: "2026-10-01"}'),
    'BAD_USER_INPUT',
    /from must not be after to/,
  ],
  [
    'totals: a day that does not exist',
    totals('{from: "2026-02-30", to: "2026-03-01"}'),
    'BAD_USER_INPUT',
    /day that exists/,
  ],
  [
    'totals: in the future',
    totals('{from: "2126-01-01", to: "2126-01-02"}'),
    'BAD_USER_INPUT',
    /in the future/,
  ],
  [
    'totals: longer than ten years',
    totals('{from: "2006-01-01", to: "2026-10-01"}'),
    'BAD_USER_INPUT',
    /3660 days/,
  ],
  [
    'totals: unknown client',
    `{ totals(clientId: "${unknownClient}", range: {from: "2026-10-01", to: "2026-10-01"}) { impressions } }`,
    'NOT_FOUND',
    /No such client/,
  ],
  [
    'totals: an id of another type',
    `{ totals(clientId: "${encodeNodeId('SyncRun', '00000000-0000-4000-8000-000000000000')}", range: {from: "2026-10-01", to: "2026-10-01"}) { impressions } }`,
    'NOT_FOUND',
    /No such client/,
  ],
  [
    'totals: not an id at all',
    '{ totals(clientId: "\' OR 1=1 --", range: {from: "2026-10-01", to: "2026-10-01"}) { impressions } }',
    'NOT_FOUND',
    /No such client/,
  ],
  [
    'totals: unknown platform',
    '{ totals(clientId: $C, platform: TIKTOK, range: {from: "2026-10-01", to: "2026-10-01"}) { impressions } }',
    'BAD_USER_INPUT',
    /TIKTOK/,
  ],
  [
    'campaigns: first too large',
    '{ campaigns(clientId: $C, first: 1000000, range: {from: "2026-10-01", to: "2026-10-01"}) { nodes { id } } }',
    'BAD_USER_INPUT',
    /first must be from 1 to 100/,
  ],
  [
    'campaigns: a cursor of another list',
    '{ campaigns(clientId: $C, after: "bm90aGluZw", range: {from: "2026-10-01", to: "2026-10-01"}) { nodes { id } } }',
    'BAD_USER_INPUT',
    /not a cursor/,
  ],
  [
    'clients: first too large',
    '{ clients(first: 101) { nodes { id } } }',
    'BAD_USER_INPUT',
    /first must be from 1 to 100/,
  ],
  [
    'clients: first zero',
    '{ clients(first: 0) { nodes { id } } }',
    'BAD_USER_INPUT',
    /first must be from 1 to 100/,
  ],
  [
    'clients: last too large',
    '{ clients(last: 1000000) { nodes { id } } }',
    'BAD_USER_INPUT',
    /last must be from 1 to 100/,
  ],
  ['clients: a cursor of nothing', '{ clients(after: "xyz") { nodes { id } } }', 'BAD_USER_INPUT', /cursor/i],
  ['client: neither id nor slug', '{ client { id } }', 'BAD_USER_INPUT', /id or slug/],
  [
    'triggerSync: from after to',
    sync('{clientId: $C, range: {from: "2026-10-02", to: "2026-10-01"}}'),
    'BAD_USER_INPUT',
    /from/,
  ],
  [
    'triggerSync: in the future',
    sync('{clientId: $C, range: {from: "2126-01-01", to: "2126-01-31"}}'),
    'BAD_USER_INPUT',
    /future/,
  ],
  [
    'triggerSync: beyond what is kept',
    sync('{clientId: $C, range: {from: "2019-01-01", to: "2019-01-31"}}'),
    'BAD_USER_INPUT',
    /37 months/,
  ],
  [
    'triggerSync: days and range',
    sync('{clientId: $C, days: 3, range: {from: "2026-10-01", to: "2026-10-01"}}'),
    'BAD_USER_INPUT',
    /days/,
  ],
  ['triggerSync: no days', sync('{clientId: $C, days: 0}'), 'BAD_USER_INPUT', /days/],
  ['triggerSync: unknown client', sync(`{clientId: "${unknownClient}"}`), 'NOT_FOUND', /No such client/],
  [
    'createClient: unknown zone',
    client('{name: "X", timezone: "Mars/Olympus", currency: "EUR"}'),
    'BAD_USER_INPUT',
    /timezone must be an IANA/,
  ],
  [
    'createClient: not a currency',
    client('{name: "X", timezone: "UTC", currency: "euro"}'),
    'BAD_USER_INPUT',
    /currency must be three capitals/,
  ],
  [
    'createClient: no name',
    client('{name: " ", timezone: "UTC", currency: "EUR"}'),
    'BAD_USER_INPUT',
    /name must not be empty/,
  ],
  [
    'createClient: a slug that is taken',
    client('{name: "X", slug: "asked", timezone: "UTC", currency: "EUR"}'),
    'CONFLICT',
    /exists already/,
  ],
  [
    'createClient: no letters for a slug',
    client('{name: "!!!", timezone: "UTC", currency: "EUR"}'),
    'BAD_USER_INPUT',
    /slug/,
  ],
  [
    'connectAccount: a dead token',
    account('{clientId: $C, platform: META, externalId: "act_1", token: "sandbox-expired-1"}'),
    'BAD_USER_INPUT',
    /refuses/,
  ],
  [
    'connectAccount: no token at all',
    account('{clientId: $C, platform: META, externalId: "act_1"}'),
    'BAD_USER_INPUT',
    /no agency token/,
  ],
  [
    'connectAccount: an account that is not there',
    account('{clientId: $C, platform: META, externalId: "act_404404404", token: "sandbox-1"}'),
    'BAD_USER_INPUT',
    /act_404404404/,
  ],
  [
    'connectAccount: unknown client',
    account(`{clientId: "${unknownClient}", platform: META, externalId: "act_1", token: "sandbox-1"}`),
    'NOT_FOUND',
    /No such client/,
  ],
  [
    'createApiKey: a viewer of nothing',
    key('{name: "k", role: VIEWER}'),
    'BAD_USER_INPUT',
    /at least one client/,
  ],
  [
    'createApiKey: a viewer of an unknown client',
    key(`{name: "k", role: VIEWER, clientIds: ["${unknownClient}"]}`),
    'NOT_FOUND',
    /No such client/,
  ],
  [
    'createApiKey: expired before it is born',
    key('{name: "k", role: ADMIN, expiresAt: "2020-01-01T00:00:00Z"}'),
    'BAD_USER_INPUT',
    /future/,
  ],
  [
    'revokeApiKey: unknown',
    `mutation { revokeApiKey(id: "${encodeNodeId('ApiKey', '00000000-0000-4000-8000-000000000000')}") }`,
    'NOT_FOUND',
    /No such API key/,
  ],
  [
    'cancelRun: unknown',
    `mutation { cancelRun(runId: "${encodeNodeId('SyncRun', '00000000-0000-4000-8000-000000000000')}") { id } }`,
    'NOT_FOUND',
    /No such/,
  ],
  [
    'retryFailed: unknown',
    `mutation { retryFailed(runId: "${encodeNodeId('SyncRun', '00000000-0000-4000-8000-000000000000')}") { id } }`,
    'NOT_FOUND',
    /No such/,
  ],
  ['a syntax error', '{ clients(', 'BAD_USER_INPUT', /Syntax Error/],
  ['a field that does not exist', '{ clients { nodes { pasword } } }', 'BAD_USER_INPUT', /pasword/],
  [
    'a document too deep',
    `{ clients { nodes { accounts { coverage(range: {from: "2026-10-01", to: "2026-10-01"}) { missing { account ${'{ coverage(range: {from: "2026-10-01", to: "2026-10-01"}) { missing { account '.repeat(3)} { id } ${'} } }'.repeat(3)} } } } } } }`,
    'BAD_USER_INPUT',
    /depth/i,
  ],
];

describe('input that cannot be right', () => {
  it.each(CASES)('%s', async (_what, query, code, says) => {
    const before = await stored();
    const answer = await ask(query);
    expect(answer.errors?.[0]?.message).toMatch(says);
    expect(answer.errors?.[0]?.extensions.code).toBe(code);
    expect(await stored()).toEqual(before);
  });
});
