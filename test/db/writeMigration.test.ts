import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stampAfter, writeMigration } from '../../scripts/writeMigration.ts';
import { packageRoot } from '../../src/lib/packageRoot.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { createDataFolder } from '../support/dataFolder.ts';

const now = new Date('2026-01-02T03:04:05Z');

describe('npm run migration', () => {
  let folder: Awaited<ReturnType<typeof createDataFolder>>;
  beforeAll(async () => {
    folder = await createDataFolder();
    await cp(join(packageRoot(), 'prisma'), folder.path, { recursive: true });
  });
  afterAll(() => folder.remove());

  it('writes what schema.prisma has and the migrations have not, once', async () => {
    const schema = join(folder.path, 'schema.prisma');
    const text = await readFile(schema, 'utf8');
    await writeFile(schema, text.replace('model Client {', 'model Client {\n  colour String?'));
    const scratch = await createEmptyDatabase();
    const plan = { prismaFolder: folder.path, what: 'Add colour, to clients!', now, scratchUrl: scratch.url };
    const path = await writeMigration(plan);
    expect(path).toMatch(/\d{14}_add_colour_to_clients\/migration\.sql$/);
    expect(await readFile(path ?? '', 'utf8')).toBe(
      '-- AlterTable\nALTER TABLE "clients" ADD COLUMN     "colour" TEXT;\n',
    );
    expect(await writeMigration(plan)).toBeNull();
    await scratch.drop();
  });

  it('puts the new migration behind the last one', () => {
    expect(stampAfter([], now)).toBe('20260102030405');
    expect(stampAfter(['20250101000000_a', 'migration_lock.toml'], now)).toBe('20260102030405');
    expect(stampAfter(['20260102030405_a', '20270101000000_b'], now)).toBe('20270101000001');
  });
});
