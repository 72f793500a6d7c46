import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import type { Logger } from '../lib/log.ts';
import { AppError } from '../errors.ts';
import { connectAlone } from './client.ts';
import { serverAccount } from './embedded/account.ts';
import { findPackage, readyBinaries } from './embedded/binaries.ts';
import { SERVER_USER, ensureCluster } from './embedded/cluster.ts';
import type { ClusterPlan } from './embedded/cluster.ts';
import { explained } from './embedded/explain.ts';
import type { ServerAddress, ServerFolders } from './embedded/folders.ts';
import { prepareFolders, serverFolders, writePrivately } from './embedded/folders.ts';
import { settleOrphan } from './embedded/orphan.ts';
import { claimFolder, findOwner } from './embedded/owner.ts';
import { LaunchError, readPostmasterFile } from './embedded/postmaster.ts';
import { becomes } from './embedded/processes.ts';
import type { Supervised } from './embedded/supervise.ts';
import { supervise } from './embedded/supervise.ts';
import { DatabaseError, errorCode, ifGone } from './errors.ts';

/** A PostgreSQL of our own on 127.0.0.1. */
export interface EmbeddedServer {
  /** With the password: never log it. */
  url: string;
  /** Stops the server in order. Close the pools first. May be called again. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Its `postgres` folder is the server's. */
  dataDir: string;
  log: Logger;
  /** A fixed port; otherwise the one of the last start, or a free one. */
  port?: number;
  /** Further settings of the server, by name. */
  settings?: Readonly<Record<string, string>>;
  /** The folder of the package with the programs; otherwise the installed one. */
  packageFolder?: string;
}

/**
 * Starts the embedded PostgreSQL on a data folder, making the folder first if need be, and keeps it running until
 * `stop()`. Survives being killed: the next start clears up. Throws AppError CONFLICT when another live process has
 * the folder, and DatabaseError, which says what to do, for everything else.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  if (process.platform === 'win32') {
    throw new DatabaseError('The embedded PostgreSQL does not run on Windows. Set DATABASE_URL to a server.');
  }
  const dataDir = resolve(options.dataDir);
  const packageFolder = options.packageFolder ?? findPackage();
  const account = await serverAccount(serverFolders(dataDir).data);
  const folders = await prepareFolders(dataDir, account);
  const ownership = await explained(`lock the folder ${folders.top}`, () =>
    claimFolder(folders.top, account),
  );
  if (!ownership) throw folderInUse(dataDir);
  try {
    const binaries = await readyBinaries(packageFolder, folders.top, account);
    const started = await startOwned(
      { folders, binaries, account, settings: options.settings ?? {} },
      options,
      ownership.id,
    );
    const stop = async () => {
      try {
        await started.server.stop();
      } finally {
        await ownership.release();
      }
    };
    return { url: started.url, stop: once(stop) };
  } catch (error) {
    await ownership.release();
    throw error;
  }
}

function folderInUse(dataDir: string): AppError {
  return new AppError(
    'CONFLICT',
    `Another running process uses the data folder ${dataDir}. Stop it first, or give this one a folder of its own ` +
      `with TRIBUTARY_DATA_DIR. To run several processes on one database, set DATABASE_URL.`,
  );
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => (done ??= work());
}

async function startOwned(plan: ClusterPlan, options: EmbeddedOptions, owner: string) {
  await settleOrphan(plan.folders.data, options.log);
  await ensureCluster(plan);
  const { server, port, isNew } = await startOnSomePort(plan, options);
  const url = await serverUrl(plan.folders, port);
  try {
    if (isNew) await createDatabase(url, options.log);
    const address: ServerAddress = { port, owner };
    await writePrivately(plan.folders.address, `${JSON.stringify(address)}\n`, plan.account);
    return { server, url };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The port of the last start if it is still free, because people note it down; otherwise another. */
async function startOnSomePort(
  plan: ClusterPlan,
  { port: wanted, log }: EmbeddedOptions,
): Promise<{ server: Supervised; port: number; isNew: boolean }> {
  const last = (await readAddress(plan.folders))?.port ?? null;
  const start = async (port: number) => ({
    server: await supervise({ ...plan, port }, log),
    port,
    isNew: last === null,
  });
  if (wanted !== undefined) return start(wanted);
  try {
    return await start(last ?? (await freePort()));
  } catch (error) {
    if (!(error instanceof LaunchError) || error.failure !== 'PORT_TAKEN') throw error;
    return start(await freePort());
  }
}

/** The address is written when the database is made, so without an address it may be missing. */
async function createDatabase(url: string, log: Logger): Promise<void> {
  const admin = new URL(url);
  admin.pathname = '/postgres';
  const client = await connectAlone({ url: admin.href, log });
  try {
    await client.query(`/* embedded.create */ CREATE DATABASE ${SERVER_USER}`);
  } catch (error) {
    if (errorCode(error) !== DUPLICATE_DATABASE) throw error;
  } finally {
    await client.end();
  }
}

const DUPLICATE_DATABASE = '42P04';
/** A process that starts at this moment will soon be there. */
const ATTACH_WITHIN_MS = 10_000;

/**
 * The URL of the server that another live process of ours runs on this folder, or null when none does. Waits for one
 * that is just starting.
 */
export async function attachEmbedded({ dataDir }: { dataDir: string }): Promise<string | null> {
  const folders = serverFolders(resolve(dataDir));
  return explained(`look into ${folders.top}`, async () => {
    let url: string | null = null;
    await becomes(async () => {
      const owner = await findOwner(folders.top).catch(ifGone(null));
      if (owner === null) return true;
      url = await readyUrl(folders, owner);
      return url !== null;
    }, ATTACH_WITHIN_MS);
    return url;
  });
}

/** Null while the owner is not ready: what it has not written yet is of the server before. */
async function readyUrl(folders: ServerFolders, owner: string): Promise<string | null> {
  const address = await readAddress(folders);
  if (address?.owner !== owner) return null;
  const file = await readPostmasterFile(folders.data);
  return file?.status === 'ready' ? serverUrl(folders, address.port) : null;
}

async function serverUrl(folders: ServerFolders, port: number): Promise<string> {
  const password = (await readFile(folders.password, 'utf8')).trim();
  return `postgresql://${SERVER_USER}:${password}@127.0.0.1:${String(port)}/${SERVER_USER}`;
}

async function readAddress(folders: ServerFolders): Promise<ServerAddress | null> {
  const text = await readFile(folders.address, 'utf8').catch(ifGone(null));
  return text === null ? null : (JSON.parse(text) as ServerAddress);
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        found(typeof address === 'object' && address ? address.port : 0);
      });
    });
  });
}
