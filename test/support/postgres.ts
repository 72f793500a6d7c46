import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMigrations } from 'graphile-worker';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../src/db/embedded.ts';
import { applyMigrations } from '../../src/db/migrate.ts';
import { createLog } from '../../src/lib/log.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The test server; createTestDatabase makes each test file a database of its own on it. */
    postgresUrl: string;
    /** The database every test database is a copy of: all migrations and the job queue's schema. */
    templateName: string;
  }
}

const TEMPLATE = 'tributary_template';

/** The data need not outlive the run, so nothing waits for the disk. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '256MB',
  autovacuum: 'off',
  max_connections: '300',
};

/** Starts one PostgreSQL for the whole run, in a temporary folder, and makes the template database. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = createLog('warn');
  const dataDir = await mkdtemp(join(tmpdir(), 'tributary-test-'));
  const server = await startEmbedded({ dataDir, log, settings: SETTINGS });
  const end = async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await makeTemplate(server.url);
  } catch (error) {
    await end();
    throw error;
  }
  project.provide('postgresUrl', server.url);
  project.provide('templateName', TEMPLATE);
  return end;
}

async function makeTemplate(serverUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${TEMPLATE}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${TEMPLATE}`;
  await applyMigrations(url.href, { log: createLog('warn') });
  await runMigrations({ connectionString: url.href });
}
