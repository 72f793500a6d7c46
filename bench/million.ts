/*
 * A million rows of one account through the whole product: the sandbox's HTTP, pages, checks, facts, rollups. The product
 * is a process of its own, so that its memory is its own. `node dist/bench/million.js [rows]`. Needs Linux (/proc).
 * Exit 1 when the limit is not met.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { GraphQLClient } from 'graphql-request';
import { startSandbox } from '../sandbox/index.ts';
import { packageRoot } from '../src/lib/packageRoot.ts';

/** SPEC §12. */
const LIMIT_MB = 512;
const ACCOUNT = 'act_9000000001';
const DAYS = 90;
const RANGE = { from: '2026-08-01', to: '2026-10-29' };
const ADS_PER_CAMPAIGN = 100;

const rows = Number(process.argv[2] ?? 1_000_000);
const campaigns = Math.ceil(rows / DAYS / ADS_PER_CAMPAIGN);
const sandbox = await startSandbox({
  accounts: [{ externalId: ACCOUNT, campaigns, adSetsPerCampaign: 10, adsPerAdSet: ADS_PER_CAMPAIGN / 10 }],
});
const dataDir = mkdtempSync(join(tmpdir(), 'tributary-million-'));
const child = spawn(process.execPath, [join(packageRoot(), 'dist/src/cli.js'), 'start', '--json'], {
  env: {
    PATH: process.env['PATH'],
    PORT: '0',
    LOG_LEVEL: 'warn',
    TRIBUTARY_DATA_DIR: dataDir,
    TRIBUTARY_SANDBOX: 'false',
    META_GRAPH_URL: sandbox.urls.meta,
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const exited = once(child, 'exit');
try {
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const ready = JSON.parse(line) as { graphql: string; adminKey: string };
  process.exitCode = (await measure(ready)) ? 0 : 1;
} finally {
  child.kill('SIGTERM');
  await exited;
  await sandbox.close();
  rmSync(dataDir, { recursive: true, force: true });
}

async function measure(ready: { graphql: string; adminKey: string }): Promise<boolean> {
  const client = new GraphQLClient(ready.graphql, { headers: { authorization: `Bearer ${ready.adminKey}` } });
  const ask = <T>(document: string, variables: object) => client.request<T>(document, variables);
  const made = await ask<{ createClient: { client: { id: string } } }>(
    `mutation ($name: String!) { createClient(input: { name: $name, timezone: "UTC", currency: "USD" }) { client { id } } }`,
    { name: 'A million' },
  );
  const clientId = made.createClient.client.id;
  await ask('mutation ($input: ConnectAccountInput!) { connectAccount(input: $input) { id } }', {
    input: { clientId, platform: 'META', externalId: ACCOUNT, token: 'sandbox-1' },
  });
  const started = performance.now();
  const { triggerSync } = await ask<{ triggerSync: { id: string } }>(
    'mutation ($input: TriggerSyncInput!) { triggerSync(input: $input) { id } }',
    { input: { clientId, range: RANGE } },
  );
  const run = await ended(ask, triggerSync.id);
  const seconds = (performance.now() - started) / 1000;
  const peak = peakMb();
  process.stdout.write(
    `${run.recordsSynced} rows in ${seconds.toFixed(1)} s (${String(Math.round(Number(run.recordsSynced) / seconds))} rows/s), ${run.status}\n` +
      `memory at most ${String(Math.round(peak))} MB / ${String(LIMIT_MB)} MB = ${(peak / LIMIT_MB).toFixed(2)} (limit 1)\n`,
  );
  return run.status === 'SUCCEEDED' && peak <= LIMIT_MB;
}

interface Run {
  status: string;
  recordsSynced: string;
}

async function ended(ask: <T>(document: string, variables: object) => Promise<T>, id: string): Promise<Run> {
  for (;;) {
    const { syncRun } = await ask<{ syncRun: Run }>(
      'query ($id: ID!) { syncRun(id: $id) { status recordsSynced } }',
      { id },
    );
    if (syncRun.status !== 'QUEUED' && syncRun.status !== 'RUNNING') return syncRun;
    await wait(500);
  }
}

/** The product's resident memory at its highest, as the kernel kept it. */
function peakMb(): number {
  const status = readFileSync(`/proc/${String(child.pid)}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 'NaN') / 1024;
}
