import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Logger } from '../lib/log.ts';
import { PrismaClient } from '../generated/prisma/client.ts';
import type { Limits } from './connection.ts';
import { connectionConfig, refuseOtherRole, tellLoss } from './connection.ts';
import { DatabaseError, errorText } from './errors.ts';
import { keepAskers, observeClient } from './observe.ts';
import type { WallRole } from './roles.ts';
import type { Sql } from './sql.ts';
import { createTenants } from './tenants.ts';

/** The database as one actor may use it. */
export interface ActorDatabase {
  pool: pg.Pool;
  prisma: PrismaClient;
  /** Every client's rows: for what the process itself must do for an actor, such as finding out who it is. */
  staff: Database;
}

/** Pool and Prisma are staff's: they see every client, and change neither tables nor what the audit log has. */
export interface Database extends ActorDatabase {
  /** With the password: never log it. */
  url: string;
  /** The same with connections of its own and more patience, for jobs and commands. */
  jobs: Database;
  /** As the owner; for the job queue's own schema, whose tables nobody else may touch, and for nothing else. */
  queue: pg.Pool;
  /** Reads the rows of exactly these clients and writes nothing. Throws TypeError when one is no UUID. */
  forClients(clientIds: readonly string[]): ActorDatabase;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  log: Logger;
  /** Most connections of each of the four pools; otherwise 8, and 4 for the queue. */
  connections?: number;
  /** Sees every statement but the job queue's: tests count them. */
  onQuery?: (text: string) => void;
}

/** A request ends within 10 s, so what it asks must too. Jobs read and store whole months. */
const API: Limits = { statement: 10_000, lock: 5_000, idle: 10_000 };
const JOBS: Limits = { statement: 120_000, lock: 30_000, idle: 120_000 };
const CONNECTIONS = 8;
const QUEUE_CONNECTIONS = 4;

/** Opens the pools. Does not connect yet. */
export function openDatabase(options: DatabaseOptions): Database {
  const { url, connections: max = CONNECTIONS } = options;
  const api = openPool(options, { role: 'tributary_staff', limits: API, max });
  const jobs = openPool(options, { role: 'tributary_staff', limits: JOBS, max });
  const tenants = openPool(options, { role: 'tributary_tenant', limits: API, max, pipeline: true });
  const queueMax = options.connections ?? QUEUE_CONNECTIONS;
  const queue = openPool({ url, log: options.log }, { role: null, limits: JOBS, max: queueMax });
  const pools = [api, jobs, tenants, queue];
  const forTenants = createTenants(tenants);
  const forClients = (clientIds: readonly string[]) => boundTo(forTenants(clientIds), database);
  const close = () => closeAll([database.prisma, database.jobs.prisma], pools);
  const shared = { url, queue, forClients, close };
  const database: Database = {
    ...shared,
    ...clientsOf(api),
    get staff() {
      return database;
    },
    jobs: {
      ...shared,
      ...clientsOf(jobs),
      get staff() {
        return database.jobs;
      },
      get jobs() {
        return database.jobs;
      },
    },
  };
  return database;
}

function clientsOf(pool: pg.Pool) {
  return { pool, prisma: new PrismaClient({ adapter: new PrismaPg(pool) }) };
}

/** Its Prisma client is made when it is first asked for. */
function boundTo(access: Pick<ActorDatabase, 'pool' | 'prisma'>, staff: Database): ActorDatabase {
  return {
    pool: access.pool,
    get prisma() {
      return access.prisma;
    },
    staff,
  };
}

async function closeAll(prismas: readonly PrismaClient[], pools: readonly pg.Pool[]): Promise<void> {
  await Promise.all(prismas.map((prisma) => prisma.$disconnect()));
  await Promise.all(pools.filter((pool) => !pool.ending).map((pool) => pool.end()));
}

interface PoolPlan {
  role: WallRole | null;
  limits: Limits;
  max: number;
  /** Statements are sent without waiting for the answers to those before. */
  pipeline?: boolean;
}

function openPool(options: Omit<DatabaseOptions, 'connections'>, plan: PoolPlan): pg.Pool {
  const { url, log, onQuery } = options;
  const { role, limits, max, pipeline = false } = plan;
  const pool = new pg.Pool({
    ...connectionConfig({ url, role, limits }),
    max,
    pipeline,
    ...(role === null ? {} : { onConnect: waited((client) => refuseOtherRole(client, role)) }),
  });
  // Without a listener an idle connection that ends would end the process; each client tells it itself.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    // The end of the pool does not wait for its connections, so a server that is stopped next still cuts some.
    tellLoss(client, log, () => pool.ending);
    observeClient(client, { unnamed: role === null ? 'queue' : 'prisma', onQuery });
  });
  keepAskers(pool);
  return pool;
}

/** The pool waits for it, which its types do not say; a connection that fails here is given to nobody. */
function waited(check: (client: pg.ClientBase) => Promise<void>) {
  return check as (client: pg.ClientBase) => void;
}

/**
 * One connection outside the pools, for what must outlive or outwait the pools' own. Close it with `end()`. As the
 * owner unless a role is given. Throws DatabaseError, without the password, when there is no connection to be had.
 */
export async function connectAlone(options: {
  url: string;
  log: Logger;
  role?: WallRole;
}): Promise<pg.Client> {
  const { url, log, role = null } = options;
  const client = new pg.Client(connectionConfig({ url, role }));
  tellLoss(client, log);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw new DatabaseError(
      `Cannot connect to the database ${whereIs(url)}: ${errorText(error)}. Check DATABASE_URL.`,
      { cause: error },
    );
  }
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

/** Runs `work` inside the caller's transaction; when it throws, what it did is undone, and nothing else is. */
export async function inSavepoint<T>(sql: Sql, work: () => Promise<T>): Promise<T> {
  await sql.query('SAVEPOINT part');
  try {
    const result = await work();
    await sql.query('RELEASE SAVEPOINT part');
    return result;
  } catch (error) {
    await sql.query('ROLLBACK TO SAVEPOINT part');
    throw error;
  }
}

/** True when the database answers now. */
export async function answers(db: Pick<Database, 'pool'>): Promise<boolean> {
  try {
    await db.pool.query('/* health.ready */ SELECT 1');
    return true;
  } catch {
    return false;
  }
}
