import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../../lib/log.ts';
import { errorText } from '../errors.ts';
import type { LaunchOptions, Postmaster } from './postmaster.ts';
import { LaunchError, launch } from './postmaster.ts';
import { becomes } from './processes.ts';

/** A server that is started again when it ends by itself. */
export interface Supervised {
  /** Stops it in order: sessions are ended, everything is written down. */
  stop(): Promise<void>;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
const FAST_STOP_WITHIN_MS = 60_000;
const IMMEDIATE_STOP_WITHIN_MS = 5_000;
/** How long processes of a killed server may take to notice. */
const LEFTOVERS_GONE_WITHIN_MS = 10_000;

/** Starts the server and keeps it running until `stop()`. Throws LaunchError when the first start fails. */
export async function supervise(options: LaunchOptions, log: Logger): Promise<Supervised> {
  let server = await launchPatiently(options);
  let stopping = false;
  // Covers every orderly end of our process that forgot to stop(): no server is left behind.
  const onExit = () => {
    server.signal('SIGINT');
  };
  process.once('exit', onExit);
  const keepRunning = async () => {
    for (;;) {
      await server.ended;
      if (stopping) return;
      log.error({ pid: server.pid }, 'the database server ended by itself; starting it again');
      const next = await relaunch(options, log, () => stopping);
      if (!next) return;
      server = next;
      // The stop may have come while it was starting.
      if (stopping) await stopServer(server, log);
    }
  };
  const kept = keepRunning();
  return {
    stop: async () => {
      stopping = true;
      await stopServer(server, log);
      await kept;
      process.off('exit', onExit);
    },
  };
}

/** Waits for the last processes of a killed server, which PostgreSQL rightly refuses to run beside. */
async function launchPatiently(options: LaunchOptions): Promise<Postmaster> {
  let found: Postmaster | null = null;
  let refusal: unknown = null;
  await becomes(async () => {
    try {
      found = await launch(options);
      return true;
    } catch (error) {
      refusal = error;
      return !(error instanceof LaunchError) || error.failure !== 'STILL_IN_USE';
    }
  }, LEFTOVERS_GONE_WITHIN_MS);
  if (found) return found;
  throw refusal;
}

/** Tries until it runs: what keeps it down (a full disk, a taken port) may pass. Null when `given up` first. */
async function relaunch(
  options: LaunchOptions,
  log: Logger,
  givenUp: () => boolean,
): Promise<Postmaster | null> {
  for (let wait = FIRST_PAUSE_MS; !givenUp(); wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    try {
      return await launchPatiently(options);
    } catch (error) {
      log.error({ reason: errorText(error) }, 'the database server does not start; trying again');
      await pause(wait, undefined, { ref: false });
    }
  }
  return null;
}

async function stopServer(server: Postmaster, log: Logger): Promise<void> {
  server.signal('SIGINT');
  if (await becomes(() => !server.isRunning(), FAST_STOP_WITHIN_MS)) return;
  log.warn({ pid: server.pid }, 'the database server does not stop in order; stopping it at once');
  server.signal('SIGQUIT');
  await becomes(() => !server.isRunning(), IMMEDIATE_STOP_WITHIN_MS);
}
