import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { connectAlone } from '../db/client.ts';
import { errorText } from '../db/errors.ts';
import type { Logger } from '../lib/log.ts';
import { askOften, lockWorker } from './sql.ts';

const RECONNECT_MS = 500;
const RELEASE_MS = 1_000;

/** A worker's sign of life: a lock in the database that ends with the process, however it ends. */
export interface Liveness {
  /** Resolves while the sign is held, or once `release` was called; waits while the connection is being renewed. */
  held(): Promise<void>;
  release(): Promise<void>;
}

export interface LivenessOptions {
  url: string;
  log: Logger;
  workerId: string;
}

/**
 * Takes the lock on a connection of its own and takes it again whenever that is lost. Without it the others would think
 * the worker dead and take its jobs, so no job may be taken before `held()` resolves.
 */
export function keepAlive(options: LivenessOptions): Liveness {
  const closing = new AbortController();
  const gate = createGate();
  const keeper = (async () => {
    while (!closing.signal.aborted) {
      await holdOnce(options, closing.signal, gate.open);
      gate.shut();
    }
  })();
  return {
    held: () => (closing.signal.aborted ? Promise.resolve() : gate.passed()),
    release: async () => {
      closing.abort();
      gate.open();
      // A connection that is just being made cannot be given up, and nobody needs to wait for it.
      await Promise.race([keeper, wait(RELEASE_MS, undefined, { ref: false })]);
    },
  };
}

/** Lets waiters through while it is open. */
function createGate() {
  let isOpen = false;
  const waiters: (() => void)[] = [];
  return {
    open: () => {
      isOpen = true;
      for (const pass of waiters.splice(0)) pass();
    },
    shut: () => {
      isOpen = false;
    },
    passed: () => (isOpen ? Promise.resolve() : new Promise<void>((resolve) => waiters.push(resolve))),
  };
}

/** Until the connection is lost or given up. Never rejects. */
async function holdOnce(options: LivenessOptions, closing: AbortSignal, onHeld: () => void): Promise<void> {
  let client: pg.Client | null = null;
  try {
    client = await connectAlone({ ...options, role: 'tributary_staff' });
    const lost = new Promise<void>((resolve) => client?.once('end', resolve));
    await askOften.run(client);
    await lockWorker.run(client, options.workerId);
    onHeld();
    await Promise.race([lost, aborted(closing)]);
  } catch (error) {
    options.log.warn({ reason: errorText(error) }, 'sign of life could not be given; trying again');
  }
  await client?.end().catch(() => undefined);
  if (!closing.aborted) await wait(RECONNECT_MS, undefined, { signal: closing }).catch(() => undefined);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
