import pg from 'pg';
import type { Logger } from '../lib/log.ts';
import { DatabaseError, errorText } from './errors.ts';
import type { WallRole } from './roles.ts';

/** How long things may take, in milliseconds; pg itself waits for ever. */
export interface Limits {
  /** One statement. */
  statement: number;
  /** Waiting for somebody else's lock. */
  lock: number;
  /** A transaction in which nothing happens. */
  idle: number;
}

interface ConnectionOptions {
  url: string;
  /** Who the connection acts as from its first statement on; null = who the URL names, the owner of the tables. */
  role: WallRole | null;
  limits?: Limits;
}

const CONNECT_MS = 10_000;
const PATIENT: Limits = { statement: 120_000, lock: 30_000, idle: 120_000 };
const DATE_OID = 1082;

/** Days stay text: a Date would move them by the machine's zone. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === DATE_OID ? (text: string) => text : pg.types.getTypeParser(oid, format),
};

/**
 * What every connection of ours has: UTC (Prisma with pg reads timestamptz wrongly otherwise), a role, and limits to
 * waiting. Keep-alive notices a server whose machine is gone, which no server-side limit can.
 */
export function connectionConfig({ url, role, limits = PATIENT }: ConnectionOptions): pg.ClientConfig {
  const session = sessionOptions(role);
  return {
    connectionString: withOptions(url, session),
    types,
    application_name: 'tributary',
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: limits.statement,
    lock_timeout: limits.lock,
    idle_in_transaction_session_timeout: limits.idle,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: session,
  };
}

function sessionOptions(role: WallRole | null): string {
  const settings = ['TimeZone=UTC'];
  if (role !== null) settings.push(`role=${role}`);
  if (role === 'tributary_tenant') settings.push('default_transaction_read_only=on');
  return settings.map((setting) => `-c ${setting}`).join(' ');
}

/** pg prefers `options` of the URL to ours, so ours are put behind them. */
function withOptions(url: string, session: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  const own = parsed.searchParams.get('options');
  if (own === null) return url;
  parsed.searchParams.set('options', `${own} ${session}`);
  return parsed.href;
}

/** A pooler between us and the server may drop what a connection asks for; then it would work as the owner. */
export async function refuseOtherRole(client: pg.ClientBase, role: WallRole): Promise<void> {
  const { rows } = await client.query<{ role: string }>('/* db.role */ SELECT current_user AS role');
  if (rows[0]?.role === role) return;
  throw new DatabaseError(
    `A database connection works as ${rows[0]?.role ?? 'nobody'} and not as ${role}, so nothing would hold clients ` +
      `apart. Connect without a pooler that drops the session options.`,
  );
}

/** The reason alone: pg hangs the whole connection on the error. */
export function tellLoss(client: pg.ClientBase, log: Logger, isMeant = () => false): void {
  client.on('error', (error) => {
    if (!isMeant()) log.warn({ reason: errorText(error) }, 'database connection lost');
  });
}
