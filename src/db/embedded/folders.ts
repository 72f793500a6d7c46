import { chmod, chown, lchown, lstat, mkdir, readdir, realpath, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseError, ifGone } from '../errors.ts';
import type { ServerAccount } from './account.ts';
import { closedFolder } from './account.ts';
import { WAY_OUT, explained } from './explain.ts';

/** What stands in `<data dir>/postgres`. All of it belongs to the account the server runs as. */
export interface ServerFolders {
  top: string;
  /** PostgreSQL's own data directory. */
  data: string;
  /** The superuser's password, readable by the owner only. */
  password: string;
  /** A ServerAddress as JSON. */
  address: string;
  log: string;
}

/** For the next start, which takes the same port, and for those who attach. */
export interface ServerAddress {
  port: number;
  /** The owner who wrote it. */
  owner: string;
}

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
/** Others may pass through, not look in. */
const PASSABLE_FOLDER = 0o711;

export function serverFolders(dataDir: string): ServerFolders {
  const top = join(dataDir, 'postgres');
  return {
    top,
    data: join(top, 'data'),
    password: join(top, 'password'),
    address: join(top, 'server.json'),
    log: join(top, 'postgres.log'),
  };
}

/** Makes the folders and hands them to the account. Throws DatabaseError when the account cannot reach them. */
export async function prepareFolders(dataDir: string, account: ServerAccount | null): Promise<ServerFolders> {
  return explained(`use the data folder ${dataDir}`, async () => {
    await makeDataDir(dataDir, account);
    const folders = serverFolders(await realpath(dataDir));
    if (account) await refuseUnreachable(folders, account);
    await mkdir(folders.top, { recursive: true, mode: PRIVATE_FOLDER });
    if (account) await handOverAll(folders.top, account);
    return folders;
  });
}

async function makeDataDir(dataDir: string, account: ServerAccount | null): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: account ? PASSABLE_FOLDER : PRIVATE_FOLDER });
  if (!account) return;
  const { mode, uid } = await lstat(dataDir);
  // The folder is ours: letting the server's account pass through it shows nothing to anybody.
  if (uid === 0) await chmod(dataDir, mode | PASSABLE_FOLDER);
}

async function refuseUnreachable(folders: ServerFolders, account: ServerAccount): Promise<void> {
  const closed = await closedFolder(join(folders.top, '..'), account);
  if (!closed) return;
  throw new DatabaseError(
    `PostgreSQL does not run as root, and the user "${account.name}" it runs as instead cannot reach ${folders.top}, ` +
      `because ${closed} is closed to it. ${WAY_OUT}`,
  );
}

/** Gives a tree to the account, unless it has it already. */
export async function handOverAll(path: string, account: ServerAccount): Promise<void> {
  const found = await lstat(path);
  if (found.uid !== account.uid) await lchown(path, account.uid, account.gid);
  if (!found.isDirectory()) return;
  for (const name of await readdir(path)) {
    // What already belongs to the account belongs to it as a whole, so a start does not walk all of the data.
    const below = join(path, name);
    const owner = await lstat(below).then(({ uid }) => uid, ifGone(account.uid));
    if (owner !== account.uid) await handOverAll(below, account).catch(ifGone(undefined));
  }
}

/** Replaces a small private file at once, so that no reader sees half of it. */
export async function writePrivately(
  path: string,
  text: string,
  account: ServerAccount | null,
): Promise<void> {
  const fresh = `${path}.new`;
  await writeFile(fresh, text, { mode: PRIVATE_FILE });
  if (account) await chown(fresh, account.uid, account.gid);
  await rename(fresh, path);
}
