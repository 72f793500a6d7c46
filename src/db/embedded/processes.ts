import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { monotonicMs } from '../../lib/clock.ts';
import { errorCode } from '../errors.ts';

const POLL_MS = 5;

/** True while the process exists and is ours to signal. */
export function isAlive(pid: number): boolean {
  return signal(pid, 0);
}

/** False when the process is gone, or another user's. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (['ESRCH', 'EPERM'].includes(errorCode(error))) return false;
    throw error;
  }
}

/** The command line of a process, or '' when it cannot be read. */
export async function commandOf(pid: number): Promise<string> {
  const listed = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => null);
  if (listed !== null) return listed.replaceAll('\0', ' ');
  return promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

/** Looks again and again until `check` holds, and tells whether it did in time. */
export async function becomes(check: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const until = monotonicMs() + withinMs;
  while (!(await check())) {
    if (monotonicMs() > until) return false;
    await pause(POLL_MS);
  }
  return true;
}
