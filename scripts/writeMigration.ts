import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../src/db/embedded.ts';
import { applyMigrations } from '../src/db/migrate.ts';
import { createLog } from '../src/lib/log.ts';
import { diffToSchema } from './schemaDiff.ts';

export interface MigrationPlan {
  /** Holds schema.prisma and migrations/. */
  prismaFolder: string;
  /** What the migration is about: "add colour to clients". */
  what: string;
  now: Date;
  scratchUrl: string;
}

/**
 * Writes what schema.prisma says and the migrations do not, as migrations/<stamp>_<what>/migration.sql, and returns
 * the path of the file; null when nothing differs. `scratchUrl` is an empty database, which gets all migrations.
 */
export async function writeMigration({
  prismaFolder,
  what,
  now,
  scratchUrl,
}: MigrationPlan): Promise<string | null> {
  const folder = join(prismaFolder, 'migrations');
  await applyMigrations(scratchUrl, { folder, log: createLog('warn') });
  const sql = await diffToSchema(scratchUrl, join(prismaFolder, 'schema.prisma'));
  if (sql === '') return null;
  const target = join(folder, `${stampAfter(await readdir(folder), now)}_${nameOf(what)}`);
  await mkdir(target);
  await writeFile(join(target, 'migration.sql'), `${sql}\n`, { flag: 'wx' });
  return join(target, 'migration.sql');
}

/** Runs `work` with the URL of an empty database on a PostgreSQL of its own, which is thrown away afterwards. */
export async function withScratchDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tributary-migration-'));
  try {
    const server = await startEmbedded({ dataDir, log: createLog('warn'), settings: { fsync: 'off' } });
    try {
      return await work(server.url);
    } finally {
      await server.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** `YYYYMMDDhhmmss` in UTC, and always behind the last migration: they are applied in the order of their names. */
export function stampAfter(names: readonly string[], now: Date): string {
  const stamp = now.toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const last =
    names
      .map((name) => name.slice(0, 14))
      .filter((start) => /^\d{14}$/.test(start))
      .sort()
      .at(-1) ?? '';
  return stamp > last ? stamp : String(Number(last) + 1);
}

function nameOf(what: string): string {
  const name = what
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '');
  if (name === '')
    throw new Error('Say what the migration is about: npm run migration -- add colour to clients');
  return name;
}
