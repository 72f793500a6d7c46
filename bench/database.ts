import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openDatabase } from '../src/db/client.ts';
import type { Database } from '../src/db/client.ts';
import { startEmbedded } from '../src/db/embedded.ts';
import { applyMigrations } from '../src/db/migrate.ts';
import { createLog } from '../src/lib/log.ts';

/**
 * Does `work` in a migrated database that is created for it and dropped afterwards: on the server of `url`, or, without
 * one, on a PostgreSQL of its own.
 */
export async function inBenchDatabase<T>(
  url: string | undefined,
  work: (db: Database) => Promise<T>,
): Promise<T> {
  const server = url ? { url, stop: () => Promise.resolve() } : await ownServer();
  try {
    return await inOwnDatabase(server.url, work);
  } finally {
    await server.stop();
  }
}

async function ownServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const server = await startEmbedded({ dataDir, log: createLog('warn') });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function inOwnDatabase<T>(serverUrl: string, work: (db: Database) => Promise<T>): Promise<T> {
  const name = `bench_${randomUUID().slice(0, 8)}`;
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await applyMigrations(url.href, { log: createLog('warn') });
  const db = openDatabase({ url: url.href, log: createLog('warn') });
  try {
    return await work(db);
  } finally {
    await db.close();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  }
}
