import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Logger } from '../lib/log.ts';
import { PrismaClient } from '../generated/prisma/client.ts';
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
    oid === DATE_OID ? (text: string) => text : pg.types.getTypeParser(oid, format as 'text'),
};

/**
 * Opens the pool. Every connection is in UTC (Prisma with pg reads timestamptz wrongly otherwise) and has
 * timeouts, because pg itself waits for ever. Does not connect yet.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections ?? 12,
    types,
    application_name: 'tributary',
    connectionTimeoutMillis: 10_000,
    statement_timeout: 120_000,
    lock_timeout: 30_000,
    idle_in_transaction_session_timeout: 120_000,
    options: '-c TimeZone=UTC',
  });
  pool.on('error', (error) => options.log.warn({ err: error }, 'idle database connection lost'));
  pool.on('connect', (client) => {
    client.on('error', (error) => options.log.warn({ err: error }, 'database connection lost'));
    if (options.onQuery) observe(client, options.onQuery);
  });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    url: options.url,
    pool,
    prisma,
    close: async () => {
      await prisma.$disconnect();
      if (!pool.ended) await pool.end();
    },
  };
}

/** Runs `work` in one transaction on one connection: all of it is stored, or nothing. */
export async function transaction<T>(pool: pg.Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: unknown;
  try {
    await client.query('BEGIN');
    const result = await work(client as unknown as Sql);
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
