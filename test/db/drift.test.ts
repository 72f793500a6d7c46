import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diffToSchema } from '../../scripts/schemaDiff.ts';
import { packageRoot } from '../../src/lib/packageRoot.ts';
import { createDataFolder } from '../support/dataFolder.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';

const SCHEMA = join(packageRoot(), 'prisma/schema.prisma');

describe('the migrated database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('is what schema.prisma says', async () => {
    expect(await diffToSchema(database.url, SCHEMA)).toBe('');
  });

  it('would be told to differ', async () => {
    const folder = await createDataFolder();
    const changed = join(folder.path, 'schema.prisma');
    const text = await readFile(SCHEMA, 'utf8');
    await writeFile(
      changed,
      text.replace('  slug      String   @unique', '  slug      String\n  colour    String?'),
    );
    const sql = await diffToSchema(database.url, changed);
    await folder.remove();
    expect(sql).toContain('DROP INDEX "clients_slug_key"');
    expect(sql).toContain('ALTER TABLE "clients" ADD COLUMN     "colour" TEXT');
  });
});
