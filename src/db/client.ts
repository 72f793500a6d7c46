import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Logger } from '../lib/log.ts';
import { PrismaClient } from '../generated/prisma/client.ts';
import { DatabaseError, errorText } from './errors.ts';
import type { Sql } from './sql.ts';

/** One pool; Prisma, our SQL and the job queue all use it. */
export interface Database {
  url: string;
  pool: pg.Pool;
  prisma: PrismaClient;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  log: Logger;
  /** Most connections open at once. */
  connections?: number;
  /** Sees every statement of the pool: tests count them. */
  onQuery?: (text: string) => void;
}

const DATE_OID = 1082;

/** Days stay text: a Date would move them by the machine's zone. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === DATE_OID ? (text: string) => text : pg.types.getTypeParser(oid, format),
};

/**
 * What every connection of ours has: UTC (Prisma with pg reads timestamptz wrongly otherwise), and limits to waiting,
 * because pg itself waits for ever. Keep-alive notices a server whose machine is gone, which no server-side limit can.
 * The limits also hold for the job queue's statements, all of which are short.
 */
function connectionConfig(url: string): pg.ClientConfig {
  return {
    connectionString: inUtc(url),
    types,
    application_name: 'tributary',
    connectionTimeoutMillis: 10_000,
    statement_timeout: 120_000,
    lock_timeout: 30_000,
    idle_in_transaction_session_timeout: 120_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: UTC,
  };
}

const UTC = '-c TimeZone=UTC';

/** pg prefers `options` of the URL to ours, so ours are put behind them. */
function inUtc(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  const own = parsed.searchParams.get('options');
  if (own === null) return url;
  parsed.searchParams.set('options', `${own} ${UTC}`);
  return parsed.href;
}

/** Opens the pool. Does not connect yet. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({ ...connectionConfig(options.url), max: options.connections ?? 12 });
  // Without a listener an idle connection that ends would end the process; each client tells it itself.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    // The end of the pool does not wait for its connections, so a server that is stopped next still cuts some.
    tellLoss(client, options.log, () => pool.ending);
    if (options.onQuery) observe(client, options.onQuery);
  });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    url: options.url,
    pool,
    prisma,
    close: async () => {
      await prisma.$disconnect();
      if (!pool.ending) await pool.end();
    },
  };
}

/**
 * One connection outside the pool, for what must outlive or outwait the pool's own. Close it with `end()`.
 * Throws DatabaseError, without the password, when there is no connection to be had.
 */
export async function connectAlone(options: { url: string; log: Logger }): Promise<pg.Client> {
  const client = new pg.Client(connectionConfig(options.url));
  tellLoss(client, options.log);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw new DatabaseError(
      `Cannot connect to the database ${whereIs(options.url)}: ${errorText(error)}. Check DATABASE_URL.`,
      { cause: error },
    );
  }
}

/** The reason alone: pg hangs the whole connection on the error. */
function tellLoss(client: pg.ClientBase, log: Logger, isMeant = () => false): void {
  client.on('error', (error) => {
    if (!isMeant()) log.warn({ reason: errorText(error) }, 'database connection lost');
  });
}

/** Host and name alone: the rest of the URL is secret. */
function whereIs(url: string): string {
  if (!URL.canParse(url)) return 'of the URL';
  const { host, pathname } = new URL(url);
  return `${pathname.slice(1)} at ${host}`;
}

/** Runs `work` in one transaction on one connection: all of it is stored, or nothing. */
export async function transaction<T>(pool: pg.Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: unknown;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((rollbackError: unknown) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.release(broken !== undefined);
  }
}

function observe(client: pg.ClientBase, onQuery: (text: string) => void): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  client.query = ((...args: unknown[]) => {
    const first = args[0];
    onQuery(typeof first === 'string' ? first : ((first as { text?: string } | null)?.text ?? ''));
    return query(...args);
  }) as typeof client.query;
}

/** True when the database answers now. */
export async function answers(db: Database): Promise<boolean> {
  try {
    await db.pool.query('/* health.ready */ SELECT 1');
    return true;
  } catch {
    return false;
  }
}
