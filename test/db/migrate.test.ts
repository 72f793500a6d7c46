import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyMigrations, oldServerProblem } from '../../src/db/migrate.ts';
import { createLog } from '../../src/lib/log.ts';
import { packageRoot } from '../../src/lib/packageRoot.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { createDataFolder } from '../support/dataFolder.ts';
import { query } from '../support/query.ts';

const log = createLog('silent');

it('refuses a server older than 15', () => {
  expect(oldServerProblem({ version: '14.9', number: 140_009 })).toBe(
    'The database server is PostgreSQL 14.9, and 15 or newer is needed.',
  );
  expect(oldServerProblem({ version: '15.0', number: 150_000 })).toBeNull();
});

describe('applyMigrations', () => {
  let folder: Awaited<ReturnType<typeof createDataFolder>>;
  let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
  const migrate = () => applyMigrations(database.url, { folder: folder.path, log });
  const file = (name: string) => join(folder.path, name, 'migration.sql');
  const write = async (name: string, text: string) => {
    await mkdir(join(folder.path, name), { recursive: true });
    await writeFile(file(name), text);
  };
  const rows = () =>
    query<{ migration_name: string; checksum: string; applied_steps_count: number; whole: boolean }>(
      database.url,
      `SELECT migration_name, checksum, applied_steps_count, id ~ '^[0-9a-f-]{36}$' AND finished_at >= started_at
         AND logs IS NULL AND rolled_back_at IS NULL AS whole FROM _prisma_migrations ORDER BY 1`,
    );

  beforeEach(async () => {
    [folder, database] = await Promise.all([createDataFolder(), createEmptyDatabase()]);
    await write('20260102000000_second', 'INSERT INTO first VALUES (2);');
    await write(
      '20260101000000_first',
      'CREATE TABLE first (n int PRIMARY KEY);\nINSERT INTO first VALUES (1);',
    );
  });
  afterEach(() => Promise.all([folder.remove(), database.drop()]));

  it('applies what is missing in the order of the names, and records it as Prisma does', async () => {
    expect(await migrate()).toEqual(['20260101000000_first', '20260102000000_second']);
    expect(await migrate()).toEqual([]);
    await write('20260103000000_third', 'INSERT INTO first VALUES (3);');
    expect(await migrate()).toEqual(['20260103000000_third']);
    expect(await query(database.url, 'SELECT n FROM first ORDER BY n')).toEqual([
      { n: 1 },
      { n: 2 },
      { n: 3 },
    ]);
    const recorded = await rows();
    expect(recorded).toHaveLength(3);
    for (const row of recorded) {
      const bytes = await readFile(file(row.migration_name));
      expect(row).toMatchObject({
        checksum: createHash('sha256').update(bytes).digest('hex'),
        applied_steps_count: 1,
        whole: true,
      });
    }
  });

  it('applies the migrations of this package by itself', async () => {
    const names = (await readdir(join(packageRoot(), 'prisma/migrations'))).filter((name) =>
      /^\d/.test(name),
    );
    expect(await applyMigrations(database.url, { log })).toEqual(names.sort());
  });

  it('applies each migration once when several processes start together', async () => {
    const applied = await Promise.all([migrate(), migrate(), migrate(), migrate()]);
    expect(applied.flat().sort()).toEqual(['20260101000000_first', '20260102000000_second']);
    expect(await rows()).toHaveLength(2);
  });

  it('refuses a file that was changed after it was applied', async () => {
    await migrate();
    await write('20260101000000_first', 'CREATE TABLE first (n bigint PRIMARY KEY);');
    await expect(migrate()).rejects.toThrow(
      /20260101000000_first was changed after this database applied it/,
    );
  });

  it('takes line ends for what they are', async () => {
    await migrate();
    await write(
      '20260101000000_first',
      'CREATE TABLE first (n int PRIMARY KEY);\r\nINSERT INTO first VALUES (1);',
    );
    expect(await migrate()).toEqual([]);
  });

  it('stores nothing of a migration that fails, names file, line and reason, and goes on from there', async () => {
    await write('20260103000000_bad', 'CREATE TABLE half (n int);\n\nINSERT INTO nowhere VALUES (1);');
    await expect(migrate()).rejects.toThrow(
      '20260103000000_bad/migration.sql failed at line 3: relation "nowhere" does not exist (42P01)',
    );
    expect(await rows()).toHaveLength(2);
    expect(await query(database.url, "SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
    await write('20260103000000_bad', 'CREATE TABLE half (n int);');
    expect(await migrate()).toEqual(['20260103000000_bad']);
  });

  it('stops at a migration that prisma began and never finished', async () => {
    await migrate();
    await query(
      database.url,
      'UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name LIKE $1',
      ['%second'],
    );
    await expect(migrate()).rejects.toThrow(/second was begun.*prisma migrate resolve/);
  });

  it('tells of a migration that the files no longer have', async () => {
    await migrate();
    await rm(join(folder.path, '20260102000000_second'), { recursive: true });
    const lines: string[] = [];
    await applyMigrations(database.url, {
      folder: folder.path,
      log: createLog('warn', { write: (line) => void lines.push(line) }),
    });
    expect(lines.join('')).toContain('20260102000000_second');
  });
});
