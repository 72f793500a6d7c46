import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbedded } from '../../../src/db/embedded.ts';
import { createLog } from '../../../src/lib/log.ts';
import { createDataFolder } from '../../support/dataFolder.ts';
import { query } from '../../support/query.ts';

const log = createLog('silent');

describe('the data folder of the embedded server', () => {
  let folder: Awaited<ReturnType<typeof createDataFolder>>;
  const start = () => startEmbedded({ dataDir: folder.path, log, settings: { fsync: 'off' } });
  const inside = (name: string) => join(folder.path, 'postgres', name);

  beforeAll(async () => {
    folder = await createDataFolder();
  });
  afterAll(() => folder.remove());

  it('is never written over when it holds something else', async () => {
    await mkdir(inside('data'), { recursive: true });
    await writeFile(inside('data/letter.txt'), 'mine');
    await expect(start()).rejects.toThrow(/holds files that are not a PostgreSQL database/);
    expect(await readFile(inside('data/letter.txt'), 'utf8')).toBe('mine');
    await rm(inside('data'), { recursive: true });
  });

  it('is made anew after a first start that was killed half-way', async () => {
    await mkdir(inside('data.new'), { recursive: true });
    await writeFile(inside('data.new/PG_VERSION'), '18\n');
    const server = await start();
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
  });

  it('gets its database when the first start was killed before it was made', async () => {
    const first = await start();
    await query(first.url.replace(/[^/]*$/, 'postgres'), 'DROP DATABASE tributary');
    await first.stop();
    await rm(inside('server.json'));
    const second = await start();
    expect(await query(second.url, 'SELECT current_database() AS name')).toEqual([{ name: 'tributary' }]);
    await second.stop();
  });

  it('tells which programs it needs when they are of another major version', async () => {
    await writeFile(inside('data/PG_VERSION'), '17\n');
    await expect(start()).rejects.toThrow(
      /written by PostgreSQL 17, and the installed programs are PostgreSQL 18/,
    );
    await writeFile(inside('data/PG_VERSION'), '18\n');
    await start().then((server) => server.stop());
  });

  it('tells in plain words that it cannot be made', async () => {
    const file = join(folder.path, 'a-file');
    await writeFile(file, '');
    await expect(startEmbedded({ dataDir: join(file, 'below'), log })).rejects.toThrow(
      /Cannot use the data folder .*a part of the path is a file.*TRIBUTARY_DATA_DIR.*DATABASE_URL/,
    );
  });
});
