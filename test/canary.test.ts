import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Sandbox } from '../sandbox/index.ts';
import { startSandbox } from '../sandbox/index.ts';
import { attachEmbedded } from '../src/db/embedded.ts';
import type { Canaries } from './canary/canaries.ts';
import { found, leaks, newCanary } from './canary/canaries.ts';
import { failingCommands } from './canary/commands.ts';
import type { Misbehaviour } from './canary/faults.ts';
import { everyMisbehaviour } from './canary/faults.ts';
import type { Call } from './canary/mutations.ts';
import { hostileCalls, readCalls } from './canary/mutations.ts';
import { readFiles, readModes, readProcesses, readTables, refuseRows } from './canary/places.ts';
import type { RecordingProxy } from './canary/recordingProxy.ts';
import { startRecordingProxy } from './canary/recordingProxy.ts';
import type { RunningCommand } from './cli/process.ts';
import { buildCommand, firstLine, startCommand } from './cli/process.ts';
import { openBrowser } from './support/browser.ts';
import { createDataFolder } from './support/dataFolder.ts';
import { query } from './support/query.ts';
import { collectEvents, collectSocket } from './support/subscribe.ts';
import { waitFor } from './support/waitFor.ts';

/*
 * One whole server as it is delivered, on an embedded database, with secrets that were never written before. They go in
 * by every door; afterwards they are looked for everywhere.
 */

const account = (number: number) => `act_${String(7_000_000_000 + number)}`;
const ALL = 'act_7000000000';

const canaries: Record<string, string> = Object.fromEntries(
  ['token', 'agency', 'appSecret', 'adminKey', 'argument', 'text', 'password'].map((name) => [
    name,
    newCanary(),
  ]),
);
canaries['email'] = `${newCanary()}@example.com`;
const adminKey = () => `admin-${canaries['adminKey'] ?? ''}`;
const tokenOf = (prefix: string) => `${prefix}${canaries['token'] ?? ''}`;
/** The token of the account that misbehaves in the way of this place. */
const ownToken = (place: number) => `${tokenOf('sandbox-')}-${String(place)}`;
/** All but the text that may well be stored and read again. */
const secrets = (): Canaries => {
  const { text: _text, email: _email, ...rest } = canaries;
  return rest;
};

let sandbox: Sandbox;
let proxy: RecordingProxy;
let folder: Awaited<ReturnType<typeof createDataFolder>>;
let server: RunningCommand;
let graphqlUrl: string;
let databaseUrl: string;
let misbehaviours: Misbehaviour[];
let ids: Record<string, string>;
/** Everything the server said over HTTP, WebSocket and Server-Sent Events. */
const answers: [string, string][] = [];

beforeAll(async () => {
  buildCommand();
  misbehaviours = everyMisbehaviour(ownToken, ALL);
  const small = { campaigns: 1, adSetsPerCampaign: 1, adsPerAdSet: 1 };
  sandbox = await startSandbox({
    accounts: [ALL, ...misbehaviours.map((_, index) => account(index + 1))].map((externalId) => ({
      externalId,
      ...small,
    })),
  });
  proxy = await startRecordingProxy(sandbox.urls.meta);
  folder = await createDataFolder();
  server = startCommand(['start', '--json'], {
    TRIBUTARY_DATA_DIR: folder.path,
    TRIBUTARY_SANDBOX: 'false',
    TRIBUTARY_ADMIN_KEY: adminKey(),
    FACEBOOK_ADS_TOKEN: `sandbox-${canaries['agency'] ?? ''}`,
    META_APP_ID: '1234567890',
    META_APP_SECRET: canaries['appSecret'] ?? '',
    META_GRAPH_URL: proxy.url,
    LOG_LEVEL: 'trace',
    TRIBUTARY_RATE_LIMIT: '1000000',
    PORT: '0',
  });
  ({ graphql: graphqlUrl } = JSON.parse(await firstLine(server, 60_000)) as { graphql: string });
  databaseUrl = (await attachEmbedded({ dataDir: folder.path })) ?? '';
}, 120_000);

afterAll(async () => {
  await server.end('SIGTERM');
  await proxy.close();
  await sandbox.close();
  await folder.remove();
});

async function call<Data>({ name, query: text, variables }: Call, key = adminKey()): Promise<Data | null> {
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query: text, variables }),
  });
  const body = await response.text();
  answers.push([`${name} (${String(response.status)})`, `${body}\n${JSON.stringify([...response.headers])}`]);
  return (JSON.parse(body) as { data?: Data | null }).data ?? null;
}

/** The same without keeping the answer, which is there to show a new secret. */
async function callOnce<Data>(text: string, variables: Record<string, unknown>): Promise<Data> {
  const { data, messages } = await openBrowser(graphqlUrl).ask(text, {
    variables,
    headers: { authorization: `Bearer ${adminKey()}` },
  });
  if (!data) throw new Error(messages.join('; '));
  return data as Data;
}

const CONNECT = `mutation ($input: ConnectAccountInput!) { connectAccount(input: $input) { id } }`;

async function connect(token: string | null, externalId: string): Promise<string | null> {
  const input = { clientId: ids['clientId'], platform: 'META', externalId, ...(token ? { token } : {}) };
  const data = await call<{ connectAccount: { id: string } }>({
    name: `connectAccount ${externalId}`,
    query: CONNECT,
    variables: { input },
  });
  return data?.connectAccount.id ?? null;
}

it('takes tokens that work, and refuses those that do not', async () => {
  const created = await callOnce<{ createClient: { client: { id: string } } }>(
    `mutation { createClient(input: { name: "Seen", timezone: "UTC", currency: "USD" }) { client { id } } }`,
    {},
  );
  ids = { clientId: created.createClient.client.id };
  expect(await connect(null, ALL)).not.toBeNull();
  for (const [index] of misbehaviours.entries()) {
    expect(await connect(ownToken(index), account(index + 1))).not.toBeNull();
  }
  for (const bad of [
    'sandbox-expired-',
    'sandbox-revoked-',
    'sandbox-nopermission-',
    'EAA',
    '',
    'a\nb\u0000',
  ]) {
    expect(await connect(tokenOf(bad), ALL)).toBeNull();
  }
}, 60_000);

it('reads from platforms that fail in every way they know, while others watch', async () => {
  for (const [index, { reply, times }] of misbehaviours.entries()) {
    sandbox.meta.faults.add({ match: { account: account(index + 1) }, reply, times });
  }
  const { triggerSync } = await callOnce<{ triggerSync: { id: string } }>(
    `mutation ($id: ID!) { triggerSync(input: { clientId: $id, days: 2 }) { id } }`,
    { id: ids['clientId'] },
  );
  ids = { ...ids, runId: triggerSync.id, id: triggerSync.id };
  const watched = {
    url: graphqlUrl,
    key: adminKey(),
    query: 'subscription ($id: ID!) { syncProgress(runId: $id) { status message tasksDone } }',
    variables: { id: triggerSync.id },
  };
  const socket = collectSocket<unknown>(watched);
  const events = collectEvents<unknown>(watched);
  await waitFor(
    async () => {
      const struck = new Set(
        sandbox.meta.ledger.requests().flatMap(({ account: id, fault }) => (fault ? id : [])),
      );
      const [open] = await query<{ count: number }>(
        databaseUrl,
        `SELECT count(*)::int FROM run_tasks JOIN runs ON runs.id = run_id
         WHERE runs.kind = 'ADS_SYNC' AND not_before IS NULL AND attempts = 0 AND run_tasks.status = 'QUEUED'`,
      );
      const calm = misbehaviours.filter((_, index) => !struck.has(account(index + 1)));
      if (calm.length > 0) throw new Error(`not yet: ${calm.map(({ name }) => name).join(', ')}`);
      return open?.count === 0;
    },
    { within: 100_000, what: 'every fault to strike' },
  );
  await waitFor(
    async () => {
      const [echoed] = await query<{ count: number }>(
        databaseUrl,
        `SELECT count(*)::int FROM run_tasks WHERE status = 'FAILED' AND error_reason IS NOT NULL`,
      );
      return (echoed?.count ?? 0) >= 5;
    },
    { within: 60_000, what: 'refusals to be stored' },
  );
  sandbox.meta.faults.clear();
  await callOnce('mutation ($id: ID!) { cancelRun(runId: $id) { id } }', { id: triggerSync.id });
  const messages = [await socket, await events].map((all) => JSON.stringify(all));
  expect(messages.every((text) => text.includes('syncProgress'))).toBe(true);
  answers.push(...messages.map((text): [string, string] => ['syncProgress', text]));
}, 180_000);

it('shows a new key, an invitation and a session once', async () => {
  const { createApiKey } = await callOnce<{ createApiKey: { secret: string } }>(
    `mutation { createApiKey(input: { name: "reader", role: ADMIN }) { secret } }`,
    {},
  );
  const { inviteUser } = await callOnce<{ inviteUser: { invitationToken: string } }>(
    `mutation ($email: String!) { inviteUser(input: { email: $email, name: "P", role: ADMIN }) { invitationToken } }`,
    { email: canaries['email'] },
  );
  const password = `long enough ${canaries['password'] ?? ''}`;
  const accept = `mutation ($token: String!, $password: String!) { acceptInvitation(token: $token, password: $password) { name } }`;
  const variables = { token: inviteUser.invitationToken, password };
  expect(await call({ name: 'accept', query: accept, variables })).not.toBeNull();
  await call({ name: 'accept again', query: accept, variables });
  const browser = openBrowser(graphqlUrl);
  const signIn = `mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { viewer { kind } } }`;
  const signed = await browser.ask(signIn, { variables: { email: canaries['email'], password } });
  expect(signed.data).toEqual({ signIn: { viewer: { kind: 'USER' } } });
  for (const wrong of [`wrong ${password}`, '']) {
    await call({ name: 'signIn', query: signIn, variables: { email: canaries['email'], password: wrong } });
  }
  await call({ name: 'viewer', query: '{ viewer { name } }', variables: {} }, createApiKey.secret);
  await call({ name: 'wrong key', query: '{ viewer { name } }', variables: {} }, `${createApiKey.secret}x`);
  canaries['apiKey'] = createApiKey.secret.slice(-30);
  canaries['invitation'] = inviteUser.invitationToken;
  canaries['session'] = browser.cookie().split('=')[1] ?? 'there is no session';
  expect(canaries['session']).toMatch(/^[\w-]{43}$/);
}, 60_000);

it('answers every mutation with hostile texts, also when the database breaks, and every question', async () => {
  for (const hostile of hostileCalls(canaries, ids)) await call(hostile);
  const accept = await refuseRows(databaseUrl);
  for (const hostile of hostileCalls(canaries, ids)) await call(hostile);
  await accept();
  const given = { ...ids, range: { from: '2026-11-01', to: '2026-11-30' }, first: 20 };
  for (const deep of [1, 2, 3]) {
    for (const question of readCalls(given, deep)) await call(question);
  }
  expect(answers.length).toBeGreaterThan(100);
  // What the rate limit refuses is looked at by nobody.
  const refused = answers.filter(
    ([name, text]) => !/^(signIn|accept)/.test(name) && text.includes('RATE_LIMITED'),
  );
  expect(refused.map(([name]) => name)).toEqual([]);
}, 120_000);

it('has said no secret to anybody', () => {
  expect(answers.filter(([name]) => name.endsWith('(200)')).length).toBeGreaterThan(50);
  expect(leaks(secrets(), answers)).toEqual([]);
});

it('puts no secret into an address', () => {
  const targets = proxy.targets();
  // Meta takes the token it is asked about in no other way ("Debug-Token", input_token); it is asked when an account is
  // connected and by the check of credentials, not by a sync.
  const asked = targets.filter((target) => target.includes('/debug_token?'));
  const others = targets.filter((target) => !asked.includes(target));
  expect(others.length).toBeGreaterThan(100);
  expect(others.filter((target) => found(secrets(), target).length > 0)).toEqual([]);
  const { token: _token, agency: _agency, argument: _argument, ...rest } = secrets();
  expect(asked.filter((target) => found(rest, target).length > 0)).toEqual([]);
  expect(proxy.headersWith(canaries['token'] ?? '')).toEqual(['authorization']);
});

it('keeps no secret in clear in a table', async () => {
  const tables = await readTables(databaseUrl);
  expect(tables.map(([name]) => name)).toContain('the table public.credentials');
  // A text and an e-mail are there to be kept.
  expect(tables.some(([, text]) => text.includes(canaries['text'] ?? ''))).toBe(true);
  expect(leaks({ ...secrets(), email: canaries['email'] ?? '' }, tables)).toEqual([]);
});

it.runIf(existsSync('/proc/self/environ'))('tells no secret to a process it starts', () => {
  const processes = readProcesses(server.pid);
  expect(processes.some(([name]) => name.startsWith('the environment of') && name.includes('postgres'))).toBe(
    true,
  );
  expect(leaks(secrets(), processes)).toEqual([]);
});

it('is silent about secrets in commands that fail', async () => {
  expect(leaks(canaries, await failingCommands(folder.path, canaries))).toEqual([]);
}, 60_000);

it('leaves no secret in a log line or a file', async () => {
  const { stdout, stderr } = await server.end('SIGTERM');
  const [ready = '', ...rest] = stdout.split('\n');
  // The line for programs is where the admin key is given out.
  const { adminKey: _given, ...shown } = JSON.parse(ready) as { adminKey: string };
  const log: [string, string][] = [
    ['the ready line', JSON.stringify(shown)],
    ['stdout', rest.join('\n')],
    ['stderr', stderr],
  ];
  // The database was made to break calls.
  expect(stderr).toContain('a request failed unexpectedly');
  expect(leaks(canaries, log)).toEqual([]);
  expect(leaks(secrets(), await readFiles(folder.path))).toEqual([]);
  expect(await readModes(folder.path)).toEqual({ 'admin.key': '600', 'secret.key': '600' });
});
