import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseError, errorCode } from '../errors.ts';
import { runAs } from './binaries.ts';
import type { ClusterPlan } from './cluster.ts';
import { WAY_OUT, reasonIn } from './explain.ts';
import { becomes } from './processes.ts';

/** A running server process that we started. */
export interface Postmaster {
  pid: number;
  isRunning(): boolean;
  /** Settles when the process has ended, however. */
  ended: Promise<void>;
  /** Sends a signal; nothing happens when it has ended. */
  signal(name: NodeJS.Signals): void;
}

/** Why a start failed, as far as somebody can do something about it. */
export type LaunchFailure = 'PORT_TAKEN' | 'STILL_IN_USE' | 'OTHER';

export class LaunchError extends DatabaseError {
  readonly failure: LaunchFailure;

  constructor(failure: LaunchFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

export interface LaunchOptions extends ClusterPlan {
  port: number;
}

/** Recovery after a crash may read gigabytes of its log first. */
const START_WITHIN_MS = 10 * 60_000;
/** The log starts anew, keeping the one before, when a start finds it this large. */
const LARGEST_LOG_BYTES = 10_000_000;

/**
 * Starts the server and waits until it answers. It is a session of its own, so that a signal meant for us (Ctrl-C, a
 * stop of our process group) does not end it before we are done with it. Throws LaunchError.
 */
export async function launch(options: LaunchOptions): Promise<Postmaster> {
  const { log, from } = await openLog(options);
  try {
    const child = spawn(options.binaries.postgres, serverArguments(options), {
      ...runAs(options.account),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    const postmaster = watch(child);
    const ready = () => !postmaster.isRunning() || isReady(options.folders.data, postmaster.pid);
    if ((await becomes(ready, START_WITHIN_MS)) && postmaster.isRunning()) return postmaster;
    postmaster.signal('SIGQUIT');
    throw launchError(options, (await readFile(options.folders.log, 'utf8')).slice(from));
  } finally {
    await log.close();
  }
}

function serverArguments({ folders, port, settings }: LaunchOptions): string[] {
  const all: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // The details of an error hold the values of rows, and those may be personal.
    log_error_verbosity: 'terse',
    ...settings,
  };
  return ['-D', folders.data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

function watch(child: ChildProcess): Postmaster {
  let running = true;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      running = false;
      resolve();
    };
    child.once('exit', end);
    // The event also tells of a signal that could not be sent; without a number the process never began.
    child.on('error', () => {
      if (child.pid === undefined) end();
    });
  });
  child.unref();
  return {
    pid: child.pid ?? -1,
    isRunning: () => running,
    ended,
    signal: (name) => {
      if (running) child.kill(name);
    },
  };
}

async function openLog({ folders, account }: LaunchOptions) {
  const path = folders.log;
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LARGEST_LOG_BYTES) await rename(path, `${path}.1`);
  const log = await open(path, 'a', 0o600);
  if (account) await log.chown(account.uid, account.gid);
  return { log, from: size > LARGEST_LOG_BYTES ? 0 : size };
}

function launchError({ folders, port }: LaunchOptions, output: string): LaunchError {
  if (/could not bind|Address already in use/.test(output)) {
    return new LaunchError('PORT_TAKEN', `Port ${String(port)} of 127.0.0.1 is taken by another program.`);
  }
  const reason = reasonIn(output) ?? 'it said nothing';
  const inUse = /pre-existing shared memory|lock file .* already exists/.test(output);
  return new LaunchError(
    inUse ? 'STILL_IN_USE' : 'OTHER',
    `The embedded PostgreSQL did not start: ${reason}. The whole story is in ${folders.log}. ${WAY_OUT}`,
  );
}

/** What a server writes about itself into its data folder. */
export interface PostmasterFile {
  pid: number;
  status: string;
}

const STATUS_LINE = 7;

/** Null when there is no such file: no server, or one that stopped in order. */
export async function readPostmasterFile(data: string): Promise<PostmasterFile | null> {
  try {
    const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
    return { pid: Number.parseInt(lines[0] ?? '', 10), status: lines[STATUS_LINE]?.trim() ?? '' };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function isReady(data: string, pid: number): Promise<boolean> {
  const file = await readPostmasterFile(data);
  return file !== null && file.pid === pid && file.status === 'ready';
}
