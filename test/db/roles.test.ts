import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { startEmbedded } from '../../src/db/embedded.ts';
import type { EmbeddedServer } from '../../src/db/embedded.ts';
import { applyMigrations } from '../../src/db/migrate.ts';
import { createJobQueue, installQueue } from '../../src/jobs/queue.ts';
import { createLog } from '../../src/lib/log.ts';
import { createDataFolder } from '../support/dataFolder.ts';
import { query } from '../support/query.ts';
import { addTenant } from './scene.ts';

const log = createLog('silent');

/** An empty database that belongs to an ordinary login of its own. */
async function createOwned(serverUrl: string, rights: 'CREATEROLE' | 'NOCREATEROLE') {
  const login = `owner_${randomBytes(6).toString('hex')}`;
  await query(serverUrl, `CREATE ROLE ${login} LOGIN PASSWORD 'x' ${rights}`);
  await query(serverUrl, `CREATE DATABASE ${login} OWNER ${login}`);
  const url = new URL(serverUrl);
  Object.assign(url, { username: login, password: 'x', pathname: `/${login}` });
  return {
    login,
    url: url.href,
    drop: () => query(serverUrl, `DROP DATABASE ${login} WITH (FORCE)`),
  };
}

async function worksBehindTheWalls(url: string): Promise<void> {
  await applyMigrations(url, { log });
  expect(await applyMigrations(url, { log })).toEqual([]);
  const db = openDatabase({ url, log, connections: 2 });
  await installQueue(db.queue, log);
  const [a, b] = [await addTenant(db), await addTenant(db)];
  expect((await db.forClients([a]).prisma.client.findMany()).map((row) => row.id)).toEqual([a]);
  expect(await db.jobs.prisma.client.count()).toBe(2);
  await createJobQueue().enqueueTasks(db.pool, [{ taskId: a, serialKey: b, priority: 0 }]);
  expect((await db.queue.query('SELECT key FROM graphile_worker.jobs')).rows).toEqual([{ key: a }]);
  // What later migrations see of the rows behind the forced policies.
  expect((await db.queue.query('SELECT FROM clients')).rowCount).toBe(2);
  await db.close();
}

describe('an owner that is no superuser', () => {
  let owned: Awaited<ReturnType<typeof createOwned>>;
  beforeEach(async () => {
    owned = await createOwned(inject('postgresUrl'), 'NOCREATEROLE');
  });
  afterEach(() => owned.drop());

  it('is told what an administrator has to do, and works once that is done', async () => {
    const grant = `GRANT tributary_staff, tributary_tenant TO "${owned.login}"`;
    await expect(applyMigrations(owned.url, { log })).rejects.toThrow(
      `The database login ${owned.login} may not make the roles tributary_staff and tributary_tenant that hold ` +
        `clients apart. Let an administrator of the server run once: ${grant};`,
    );
    await query(inject('postgresUrl'), grant);
    await worksBehindTheWalls(owned.url);
  });
});

describe('on a server without the roles', () => {
  let folder: Awaited<ReturnType<typeof createDataFolder>>;
  let server: EmbeddedServer;
  beforeEach(async () => {
    folder = await createDataFolder();
    server = await startEmbedded({ dataDir: folder.path, log, settings: { fsync: 'off' } });
  });
  afterEach(async () => {
    await server.stop();
    await folder.remove();
  });

  it('an owner that may make roles needs nobody, and its neighbour an administrator', async () => {
    const [maker, other] = [
      await createOwned(server.url, 'CREATEROLE'),
      await createOwned(server.url, 'NOCREATEROLE'),
    ];
    await expect(applyMigrations(other.url, { log })).rejects.toThrow(
      `run once: CREATE ROLE tributary_staff NOLOGIN; CREATE ROLE tributary_tenant NOLOGIN; ` +
        `GRANT tributary_staff, tributary_tenant TO "${other.login}";`,
    );
    await worksBehindTheWalls(maker.url);
    await expect(applyMigrations(other.url, { log })).rejects.toThrow(/run once: GRANT /);
    await query(server.url, 'ALTER ROLE tributary_tenant BYPASSRLS');
    await expect(applyMigrations(maker.url, { log })).rejects.toThrow(
      /does not bind tributary_tenant.*ALTER ROLE tributary_tenant NOSUPERUSER NOBYPASSRLS;/,
    );
  });
});
