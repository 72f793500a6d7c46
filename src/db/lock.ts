import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { Logger } from '../lib/log.ts';
import { connectAlone } from './client.ts';
import { errorText } from './errors.ts';
import type { Sql } from './sql.ts';
import { statement } from './sql.ts';

/*
 * Session advisory locks by name, such as `worker:7f3a…`. PostgreSQL knows them by a 64-bit number, which is
 * hashtextextended(name, 0): in SQL alone, so that a psql session can ask for the same lock. The database frees a lock
 * with its connection, so whoever holds one is alive. Names belong to the database: another one has its own.
 */

/** A lock we hold. When its connection breaks it is taken again, as soon as that is possible. */
export interface HeldLock {
  /** False from the loss of the connection until it is taken again, and after the release. */
  isHeld(): boolean;
  release(): Promise<void>;
}

export interface LockOptions {
  url: string;
  log: Logger;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** Waits until the lock is free, and takes it on a connection of its own. */
export async function holdLock(options: LockOptions, name: string): Promise<HeldLock> {
  return keep(options, name, await takeAlone(options, name));
}

/** Takes the lock, or null when somebody holds it. */
export async function tryLock(options: LockOptions, name: string): Promise<HeldLock | null> {
  const client = await connectForLock(options);
  const row = await tryTake.maybe(client, name);
  if (row?.taken) return keep(options, name, client);
  await client.end();
  return null;
}

/** True while some live connection holds the lock. Takes nothing, so it never gets in the way of a holder. */
export async function isHeld(sql: Sql, name: string): Promise<boolean> {
  return (await heldNames(sql, [name])).has(name);
}

/** Those of the names whose lock some live connection holds. */
export async function heldNames(sql: Sql, names: readonly string[]): Promise<Set<string>> {
  return new Set((await readHeld.all(sql, names)).map((row) => row.name));
}

const take = statement<never, [name: string]>(
  'lock.take',
  'SELECT pg_advisory_lock(hashtextextended($1, 0))',
);

const tryTake = statement<{ taken: boolean }, [name: string]>(
  'lock.try',
  'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken',
);

/** pg_locks shows a 64-bit key in two halves, with objsubid 1. */
const readHeld = statement<{ name: string }, [names: readonly string[]]>(
  'lock.held',
  `SELECT name FROM unnest($1::text[]) AS name
   WHERE EXISTS (
     SELECT FROM pg_locks
     WHERE locktype = 'advisory' AND granted AND objsubid = 1
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND (classid::bigint << 32) | objid::bigint = hashtextextended(name, 0)
   )`,
);

/**
 * May wait for ever, unlike other connections; and the server notices within half a minute when the machine of a
 * holder is gone.
 */
const prepareSession = statement(
  'lock.session',
  `SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false),
     set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
     set_config('tcp_keepalives_count', '3', false)`,
);

async function connectForLock(options: LockOptions): Promise<pg.Client> {
  const client = await connectAlone(options);
  await prepareSession.run(client);
  return client;
}

async function takeAlone(options: LockOptions, name: string): Promise<pg.Client> {
  const client = await connectForLock(options);
  try {
    await take.run(client, name);
    return client;
  } catch (error) {
    await client.end();
    throw error;
  }
}

function keep(options: LockOptions, name: string, first: pg.Client): HeldLock {
  let client: pg.Client | null = first;
  let released = false;
  const retake = async () => {
    client = null;
    options.log.warn({ lock: name }, 'lock lost with its connection; taking it again');
    for (let wait = FIRST_PAUSE_MS; !released && !client; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
      await pause(wait, undefined, { ref: false });
      client = await takeAlone(options, name).catch((error: unknown) => {
        options.log.warn({ lock: name, reason: errorText(error) }, 'lock not taken again yet');
        return null;
      });
    }
    if (client) watch(client);
  };
  const watch = (current: pg.Client) => {
    if (released) void current.end();
    else current.once('end', () => void (released || retake()));
  };
  watch(first);
  return {
    isHeld: () => client !== null && !released,
    release: async () => {
      released = true;
      await client?.end();
    },
  };
}
