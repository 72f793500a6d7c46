// As a user would: starts the built server on an empty folder, syncs a demo client over GraphQL, stops it.
// Plain JavaScript, so that any Node runs it. NODE = the program to run the server with.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
const READY_MS = 15_000;
const SYNC_MS = 45_000;
const STOP_MS = 10_000;
const POLL_MS = 200;

const CLIENTS = '{ clients(first: 10) { edges { node { id slug accounts { externalId } } } } }';
const TRIGGER = `mutation ($clientId: ID!) { triggerSync(input: { clientId: $clientId, days: 7 }) { id } }`;
const RUN =
  'query ($id: ID!) { syncRun(id: $id) { status tasksTotal tasksDone recordsSynced error { class reason } } }';

/** Rejects when `work` takes longer. */
function within(ms, what, work) {
  const late = passed(ms).then(() => {
    throw new Error(`${what} took longer than ${ms} ms`);
  });
  return Promise.race([work, late]);
}

/** Does not keep the process alive. */
async function passed(ms) {
  await once(AbortSignal.timeout(ms), 'abort');
}

async function ask({ graphql, adminKey }, query, variables = {}) {
  const response = await fetch(graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(10_000),
  });
  const { data, errors } = await response.json();
  if (errors?.length > 0 || !data)
    throw new Error(`GraphQL answered ${response.status}: ${errors?.[0]?.message}`);
  return data;
}

async function firstLine(child) {
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the server ended with code ${code} before it was ready`);
  });
  const [line] = await Promise.race([once(lines, 'line'), ended]);
  return JSON.parse(line);
}

async function syncToItsEnd(server, clientId) {
  const { triggerSync } = await ask(server, TRIGGER, { clientId });
  for (;;) {
    const { syncRun } = await ask(server, RUN, { id: triggerSync.id });
    if (!['QUEUED', 'RUNNING'].includes(syncRun.status)) return syncRun;
    await passed(POLL_MS);
  }
}

async function smoke(child, since) {
  const server = await within(READY_MS, 'the start', firstLine(child));
  console.log(`ready after ${since()} ms at ${server.url}`);
  if (!server.ready || !server.adminKey) throw new Error('the ready line has no admin key');

  const { clients } = await ask(server, CLIENTS);
  const demo = clients.edges.map(({ node }) => node);
  if (demo.length === 0) throw new Error('there are no demo clients');
  console.log(`${demo.length} clients: ${demo.map(({ slug }) => slug).join(', ')}`);

  const run = await within(SYNC_MS, 'the sync', syncToItsEnd(server, demo[0].id));
  if (run.status !== 'SUCCEEDED') throw new Error(`the sync ended ${run.status}: ${run.error?.reason ?? ''}`);
  console.log(`sync of ${demo[0].slug} SUCCEEDED: ${run.tasksDone} accounts, ${run.recordsSynced} records`);

  const before = since();
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = await within(STOP_MS, 'the stop', ended);
  if (code !== 0) throw new Error(`the server ended with code ${code} after SIGTERM`);
  console.log(`stopped with code 0 after ${since() - before} ms`);
}

/** In order if it still can, so that its database ends with it. */
async function end(child, gone) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await within(STOP_MS, 'the stop', gone).catch(async () => {
    child.kill('SIGKILL');
    await gone;
  });
}

const dataDir = await mkdtemp(join(tmpdir(), 'tributary-smoke-'));
const began = performance.now();
const child = spawn(process.env.NODE ?? process.execPath, [COMMAND, 'start', '--json'], {
  env: {
    ...process.env,
    DATABASE_URL: '',
    TRIBUTARY_DATA_DIR: dataDir,
    TRIBUTARY_SANDBOX: 'true',
    TRIBUTARY_ROLE: 'all',
    TRIBUTARY_ADMIN_KEY: '',
    PORT: '0',
    LOG_LEVEL: 'warn',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const gone = once(child, 'exit');
try {
  await smoke(child, () => Math.round(performance.now() - began));
} catch (error) {
  console.error(`FAILED: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await end(child, gone);
  await rm(dataDir, { recursive: true, force: true });
}
