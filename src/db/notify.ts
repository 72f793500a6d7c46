import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../lib/log.ts';
import { connectAlone } from './client.ts';
import { errorText } from './errors.ts';
import { statement } from './sql.ts';

const RECONNECT_MS = 500;
const CLOSE_MS = 1_000;

/**
 * Tells every process that listens on the channel, once the transaction it is sent in is committed; at once without
 * one. The payload has at most 7,999 bytes, and equal messages of one transaction arrive once (PostgreSQL manual,
 * NOTIFY).
 */
export const notify = statement<never, [channel: string, payload: string]>(
  'notify.send',
  'SELECT pg_notify($1, $2)',
);

export interface ListenOptions {
  url: string;
  log: Logger;
  channels: readonly string[];
  onMessage: (channel: string, payload: string) => void;
  /** Listening, for the first time or again: what was sent before did not arrive, so read the state now. */
  onConnect?: () => void;
}

export interface Listening {
  /** Hears nothing more; over within a second. */
  close(): Promise<void>;
}

/**
 * Listens on a connection of its own, and on a new one whenever that is lost. Messages are hints: those that are sent
 * while the connection is away are lost. Never rejects; what a callback throws is logged.
 */
export function listen(options: ListenOptions): Listening {
  const closing = new AbortController();
  const keeper = (async () => {
    while (!closing.signal.aborted) await listenOnce(options, closing.signal);
  })();
  return {
    close: async () => {
      closing.abort();
      // A connection that is just being made cannot be given up, and nobody needs to wait for it.
      await Promise.race([keeper, wait(CLOSE_MS, undefined, { ref: false })]);
    },
  };
}

/** Until the connection is lost or given up. Never rejects. */
async function listenOnce(options: ListenOptions, closing: AbortSignal): Promise<void> {
  const { log, channels, onMessage, onConnect } = options;
  let client: pg.Client | null = null;
  try {
    client = await connectAlone({ ...options, role: 'tributary_staff' });
    const lost = new Promise<void>((resolve) => client?.once('end', resolve));
    client.on('notification', ({ channel, payload = '' }) => {
      if (!closing.aborted) guarded(log, () => onMessage(channel, payload));
    });
    for (const channel of channels) {
      await client.query(`/* notify.listen */ LISTEN ${pg.escapeIdentifier(channel)}`);
    }
    if (!closing.aborted && onConnect) guarded(log, onConnect);
    await Promise.race([lost, aborted(closing)]);
  } catch (error) {
    log.warn({ reason: errorText(error) }, 'messages of other processes could not be heard; trying again');
  }
  await client?.end().catch(() => undefined);
  if (!closing.aborted) await wait(RECONNECT_MS, undefined, { signal: closing }).catch(() => undefined);
}

/** It is called by the connection, which a mistake in it must not end. */
function guarded(log: Logger, callback: () => void): void {
  try {
    callback();
  } catch (error) {
    log.error({ reason: errorText(error) }, 'a message of another process could not be handled');
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
