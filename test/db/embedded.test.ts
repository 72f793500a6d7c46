import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedServer } from '../../src/db/embedded.ts';
import { attachEmbedded, startEmbedded } from '../../src/db/embedded.ts';
import { createLog } from '../../src/lib/log.ts';
import { createDataFolder } from '../support/dataFolder.ts';
import { query } from '../support/query.ts';

const log = createLog('silent');
const SETTINGS = { fsync: 'off' };

describe('startEmbedded', () => {
  let folder: Awaited<ReturnType<typeof createDataFolder>>;
  let server: EmbeddedServer | null = null;
  const start = async (more: { port?: number } = {}) =>
    (server = await startEmbedded({ dataDir: folder.path, log, settings: SETTINGS, ...more }));

  beforeAll(async () => {
    folder = await createDataFolder();
    await (await start()).stop();
  });
  afterEach(() => server?.stop());
  afterAll(() => folder.remove());

  it('keeps data and the address over a stop, and may be stopped twice', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await Promise.all([first.stop(), first.stop()]);
    await expect(query(first.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'TABLE kept')).toEqual([{ answer: 42 }]);
  });

  it('listens on the loopback address alone and asks for its password', async () => {
    const { url } = await start();
    expect(
      await query(
        url,
        "SELECT name, setting FROM pg_settings WHERE name IN ('listen_addresses', 'unix_socket_directories') ORDER BY name",
      ),
    ).toEqual([
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'unix_socket_directories', setting: '' },
    ]);
    const wrong = new URL(url);
    wrong.password = 'guessed';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
    expect((await stat(join(folder.path, 'postgres/password'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder.path, 'postgres'))).mode & 0o777).toBe(0o700);
  });

  it('refuses a second start on the folder and goes on itself', async () => {
    const { url } = await start();
    const refusal = startEmbedded({ dataDir: folder.path, log });
    await expect(refusal).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(refusal).rejects.toThrow(folder.path);
    await expect(refusal).rejects.toThrow('TRIBUTARY_DATA_DIR');
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('gives one of several that start at once the folder', async () => {
    const starts = await Promise.allSettled(
      [1, 2, 3, 4].map(() => startEmbedded({ dataDir: folder.path, log })),
    );
    const started = starts.filter((one) => one.status === 'fulfilled');
    for (const one of started) await one.value.stop();
    expect(started).toHaveLength(1);
  });

  it('takes another port when the one of the last start is taken', async () => {
    const first = await start();
    const port = Number(new URL(first.url).port);
    await first.stop();
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
    try {
      await expect(start({ port })).rejects.toThrow(`Port ${String(port)} of 127.0.0.1 is taken`);
      const second = await start();
      expect(Number(new URL(second.url).port)).not.toBe(port);
      expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      squatter.close();
    }
  });

  it('is found by attachEmbedded while it runs, and only then', async () => {
    expect(await attachEmbedded({ dataDir: folder.path })).toBeNull();
    expect(await attachEmbedded({ dataDir: join(folder.path, 'never-made') })).toBeNull();
    const starting = start();
    const { url } = await starting;
    expect(await attachEmbedded({ dataDir: folder.path })).toBe(url);
    await server?.stop();
    expect(await attachEmbedded({ dataDir: folder.path })).toBeNull();
  });

  it('tells why the server does not start', async () => {
    const refusal = startEmbedded({ dataDir: folder.path, log, settings: { no_such_setting: '1' } });
    await expect(refusal).rejects.toThrow(
      /unrecognized configuration parameter "no_such_setting".*postgres\.log/s,
    );
    await expect(start()).resolves.toHaveProperty('url');
  });
});
