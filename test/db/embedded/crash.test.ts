import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/db/client.ts';
import { serverAccount } from '../../../src/db/embedded/account.ts';
import { runAs } from '../../../src/db/embedded/binaries.ts';
import { startEmbedded } from '../../../src/db/embedded.ts';
import { createLog } from '../../../src/lib/log.ts';
import { createDataFolder } from '../../support/dataFolder.ts';
import { startEmbeddedChild } from '../../support/embeddedChild.ts';
import { query } from '../../support/query.ts';
import { waitFor } from '../../support/waitFor.ts';

const log = createLog('silent');

describe('the embedded server after a kill', () => {
  let folder: Awaited<ReturnType<typeof createDataFolder>>;
  const pidFile = () => join(folder.path, 'postgres/data/postmaster.pid');
  const serverPid = async () => Number((await readFile(pidFile(), 'utf8')).split('\n')[0]);
  const start = () => startEmbedded({ dataDir: folder.path, log, settings: { fsync: 'off' } });

  beforeAll(async () => {
    folder = await createDataFolder();
  });
  afterAll(() => folder.remove());

  it('keeps what was committed when the app is killed, stops the server left behind, and starts again', async () => {
    const child = await startEmbeddedChild(folder.path);
    const url = child.answer.url ?? '';
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const orphan = await serverPid();
    await child.kill();
    expect(await query(url, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
    const server = await start();
    expect(await query(server.url, 'TABLE kept')).toEqual([{ answer: 42 }]);
    expect(await serverPid()).not.toBe(orphan);
    expect(isAlive(orphan)).toBe(false);
    await server.stop();
  });

  it('does not end with a SIGTERM that the whole process group of the app gets', async () => {
    const child = await startEmbeddedChild(folder.path);
    process.kill(-child.pid, 'SIGTERM');
    expect(await child.next()).toEqual({ signal: 'SIGTERM' });
    expect(await query(child.answer.url ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    const pid = await serverPid();
    await child.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it('comes back by itself when PostgreSQL is killed, and loses nothing acknowledged', async () => {
    const server = await start();
    const db = openDatabase({ url: server.url, log, connections: 4 });
    await db.queue.query('CREATE TABLE writes (n int PRIMARY KEY)');
    const acknowledged: number[] = [];
    let writing = true;
    const write = async (writer: number) => {
      for (let n = writer; writing; n += 4) {
        const stored = await db.queue.query('INSERT INTO writes VALUES ($1)', [n]).then(
          () => true,
          () => new Promise<false>((resolve) => setImmediate(resolve, false)),
        );
        if (stored) acknowledged.push(n);
      }
    };
    const writers = [0, 1, 2, 3].map(write);
    await waitFor(() => acknowledged.length > 100, { what: 'some writes' });
    process.kill(await serverPid(), 'SIGKILL');
    const before = acknowledged.length;
    await waitFor(() => acknowledged.length > before + 200, {
      within: 10_000,
      what: 'writes after the kill',
    });
    writing = false;
    await Promise.all(writers);
    const stored = await query<{ n: number }>(server.url, 'SELECT n FROM writes');
    const found = new Set(stored.map(({ n }) => n));
    expect(acknowledged.filter((n) => !found.has(n))).toEqual([]);
    await db.close();
    await server.stop();
  });

  it('starts beside a stale postmaster.pid whose number is another program now', async () => {
    const child = await startEmbeddedChild(folder.path);
    const orphan = await serverPid();
    const stale = await readFile(pidFile(), 'utf8');
    await child.kill();
    process.kill(orphan, 'SIGKILL');
    await waitFor(() => !isAlive(orphan), { what: 'the server to be gone' });
    const innocent = spawn('sleep', ['60'], runAs(await serverAccount(join(folder.path, 'postgres/data'))));
    await writeFile(pidFile(), stale.replace(String(orphan), String(innocent.pid)));
    const server = await start();
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(innocent.exitCode ?? innocent.signalCode).toBeNull();
    innocent.kill();
    await server.stop();
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
