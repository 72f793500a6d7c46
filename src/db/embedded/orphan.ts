import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../lib/log.ts';
import { DatabaseError } from '../errors.ts';
import { readPostmasterFile } from './postmaster.ts';
import { becomes, commandOf, isAlive, signal } from './processes.ts';

/** A fast stop writes everything down first; a slow disk takes its time. */
const STOP_WITHIN_MS = 60_000;

/**
 * Clears up what a killed process left: stops the server that went on without it, and makes a stale postmaster.pid
 * harmless. Only the owner of the folder may call it. The stop is cheaper than it is to watch over a server that is
 * not our child.
 */
export async function settleOrphan(data: string, log: Logger): Promise<void> {
  const file = await readPostmasterFile(data);
  if (!file || !isAlive(file.pid)) return;
  if (!(await isServerOf(data, file.pid))) return disownPid(data);
  log.info({ pid: file.pid }, 'stopping the database server that a killed process left behind');
  signal(file.pid, 'SIGINT');
  if (await becomes(() => !isAlive(file.pid), STOP_WITHIN_MS)) return;
  throw new DatabaseError(
    `A PostgreSQL server (process ${String(file.pid)}) that an earlier, killed process started still runs on ${data} ` +
      `and does not stop. End it, and start again.`,
  );
}

async function isServerOf(data: string, pid: number): Promise<boolean> {
  const command = await commandOf(pid);
  return command.includes('postgres') && command.includes(`-D ${data} `);
}

/**
 * The number in the file is another program's by now, which happens in every restarted container, and PostgreSQL
 * would refuse to start. It never minds the number of its own parent: ours. The rest of the file stays, because by it
 * PostgreSQL makes sure that no process of the old server is left.
 */
async function disownPid(data: string): Promise<void> {
  const path = join(data, 'postmaster.pid');
  const [, ...rest] = (await readFile(path, 'utf8')).split('\n');
  await writeFile(path, [String(process.pid), ...rest].join('\n'));
}
