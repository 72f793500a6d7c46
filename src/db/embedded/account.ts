import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Whom the server runs as. PostgreSQL refuses to run as root. */
export interface ServerAccount {
  name: string;
  uid: number;
  gid: number;
}

const NOBODY: ServerAccount = { name: 'nobody', uid: 65_534, gid: 65_534 };

/**
 * The account to run the server under, or null for our own. As root it is the owner of the data, so that nothing
 * changes hands, or else `nobody`, which every system has and initdb can look up.
 */
export async function serverAccount(dataFolder: string): Promise<ServerAccount | null> {
  if (process.getuid?.() !== 0) return null;
  const accounts = await readAccounts();
  const owner = await stat(dataFolder).catch(() => null);
  const known = accounts.find((account) => account.uid !== 0 && account.uid === owner?.uid);
  return known ?? accounts.find((account) => account.name === NOBODY.name) ?? NOBODY;
}

async function readAccounts(): Promise<ServerAccount[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

/** The topmost folder on the way to `path`, or `path` itself, that the account may not enter; null when it may enter all. */
export async function closedFolder(path: string, account: ServerAccount): Promise<string | null> {
  const parent = dirname(path);
  const above = parent === path ? null : await closedFolder(parent, account);
  if (above) return above;
  const found = await stat(path).catch(() => null);
  return found === null || mayEnter(found, account) ? null : path;
}

const OWNER_EXECUTE = 0o100;
const GROUP_EXECUTE = 0o010;
const OTHER_EXECUTE = 0o001;

function mayEnter(folder: { mode: number; uid: number; gid: number }, account: ServerAccount): boolean {
  if (folder.uid === account.uid) return (folder.mode & OWNER_EXECUTE) !== 0;
  if (folder.gid === account.gid) return (folder.mode & GROUP_EXECUTE) !== 0;
  return (folder.mode & OTHER_EXECUTE) !== 0;
}
