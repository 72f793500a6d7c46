import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedFolder, serverAccount } from '../../../src/db/embedded/account.ts';
import { startEmbedded } from '../../../src/db/embedded.ts';
import { createLog } from '../../../src/lib/log.ts';
import { packageRoot } from '../../../src/lib/packageRoot.ts';
import { createDataFolder } from '../../support/dataFolder.ts';
import { startEmbeddedChild } from '../../support/embeddedChild.ts';
import { query } from '../../support/query.ts';

const log = createLog('silent');
const NOBODY = { name: 'nobody', uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;
const canRunAsNobody = isRoot && (await closedFolder(packageRoot(), NOBODY)) === null;

describe.runIf(isRoot)('the embedded server, started by root', () => {
  let folder: Awaited<ReturnType<typeof createDataFolder>>;
  beforeAll(async () => {
    folder = await createDataFolder();
  });
  afterAll(() => folder.remove());

  it('runs as another user, who owns the data', async () => {
    const dataDir = join(folder.path, 'made-by-root');
    const server = await startEmbedded({ dataDir, log, settings: { fsync: 'off' } });
    await server.stop();
    const owner = (await stat(join(dataDir, 'postgres/data'))).uid;
    expect(owner).not.toBe(0);
    expect(owner).toBe((await serverAccount(join(dataDir, 'postgres/data')))?.uid);
  });

  it('refuses data in a folder that user cannot reach, and names the way out', async () => {
    const home = join(folder.path, 'home');
    await mkdir(home, { mode: 0o700 });
    const refusal = startEmbedded({ dataDir: join(home, '.tributary'), log });
    await expect(refusal).rejects.toThrow(`because ${home} is closed to it`);
    await expect(refusal).rejects.toThrow(/TRIBUTARY_DATA_DIR.*DATABASE_URL/);
  });

  it('takes over data that root owns', async () => {
    const dataDir = join(folder.path, 'made-by-root');
    await chown(join(dataDir, 'postgres/data'), 0, 0);
    await chown(join(dataDir, 'postgres/data/base'), 0, 0);
    const server = await startEmbedded({ dataDir, log, settings: { fsync: 'off' } });
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
  });

  it.runIf(canRunAsNobody)(
    'works for an ordinary user too, and the data may pass between the two',
    async () => {
      const dataDir = join(folder.path, 'ordinary');
      await mkdir(dataDir, { mode: 0o700 });
      await chown(dataDir, NOBODY.uid, NOBODY.gid);
      const first = await startEmbeddedChild(dataDir, NOBODY);
      await query(first.answer.url ?? '', 'CREATE TABLE kept AS SELECT 42 AS answer');
      await first.stop();
      const byRoot = await startEmbedded({ dataDir, log, settings: { fsync: 'off' } });
      await byRoot.stop();
      const second = await startEmbeddedChild(dataDir, NOBODY);
      expect(await query(second.answer.url ?? '', 'TABLE kept')).toEqual([{ answer: 42 }]);
      await second.stop();
    },
  );

  it.runIf(canRunAsNobody)('tells an ordinary user that the folder is not theirs', async () => {
    const dataDir = join(folder.path, 'foreign');
    await mkdir(dataDir);
    await chmod(dataDir, 0o700);
    const child = await startEmbeddedChild(dataDir, NOBODY);
    expect(child.answer.error).toMatch(/permission denied.*TRIBUTARY_DATA_DIR/);
  });
});
