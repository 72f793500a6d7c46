import { createHash, randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs } from '../../lib/clock.ts';
import { errorCode } from '../errors.ts';
import type { ServerAccount } from './account.ts';

/*
 * One live process per data folder. Every contender listens on a socket of its own in the folder, and only then looks
 * for others: of two at the same time at least one sees the other. The system closes the socket with the process, so
 * that a killed owner leaves only a file nobody answers at: no process numbers, which get used again, and no trust in
 * a file. It also works between containers that share the folder on one machine.
 */

export interface Ownership {
  /** Tells this owner from those before it. */
  id: string;
  release(): Promise<void>;
}

/** Longer socket paths are cut off or refused by some systems (104 bytes on macOS, 108 on Linux). */
const LONGEST_SOCKET_PATH = 100;
const SOCKET = /^owner-[0-9a-f]+\.sock$/;
/** Two that started together withdraw and come back at different moments. */
const CLAIM_FOR_MS = 1_000;
const MOST_PAUSE_MS = 150;

/** Null when another live process has the folder. */
export async function claimFolder(folder: string, account: ServerAccount | null): Promise<Ownership | null> {
  const sockets = await socketFolder(folder);
  const until = monotonicMs() + CLAIM_FOR_MS;
  do {
    const name = `owner-${randomBytes(8).toString('hex')}.sock`;
    const server = await listen(join(sockets, name));
    if (account) await chown(join(sockets, name), account.uid, account.gid);
    if (!(await liveOwner(sockets, name))) return { id: name, release: () => close(server) };
    await close(server);
    await pause(Math.random() * MOST_PAUSE_MS);
  } while (monotonicMs() < until);
  return null;
}

/** The id of the live process that has the folder, or null. */
export async function findOwner(folder: string): Promise<string | null> {
  return liveOwner(await socketFolder(folder), '');
}

async function socketFolder(folder: string): Promise<string> {
  const longest = join(folder, `owner-${'0'.repeat(16)}.sock`);
  if (Buffer.byteLength(longest) <= LONGEST_SOCKET_PATH) return folder;
  // Not os.tmpdir(): processes that contend must agree, whatever their TMPDIR.
  const short = join('/tmp', `tributary-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`);
  await mkdir(short, { recursive: true, mode: 0o700 });
  return short;
}

async function liveOwner(folder: string, exceptFor: string): Promise<string | null> {
  const names = (await readdir(folder)).filter((name) => SOCKET.test(name) && name !== exceptFor);
  for (const name of names) {
    if (await answers(join(folder, name))) return name;
    await rm(join(folder, name), { force: true });
  }
  return null;
}

/** Whoever may not be asked is taken for alive. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      resolve(!['ECONNREFUSED', 'ENOENT'].includes(errorCode(error)));
    });
  });
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
