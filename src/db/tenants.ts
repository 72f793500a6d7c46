import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../generated/prisma/client.ts';

/** What viewers of some clients read through. */
interface TenantAccess {
  pool: pg.Pool;
  prisma: PrismaClient;
}

/** A Prisma client takes some 1.2 MB (it unpacks the whole schema for itself), and some milliseconds to make. */
const KEPT = 64;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Gives each set of clients one pool and one Prisma client of its own over the shared connections of the tenants' role.
 * The set is bound to the object, because Prisma puts what several requests ask in one tick into one statement. One
 * that was not asked for lately is forgotten, never closed: who still holds it goes on using it.
 */
export function createTenants(shared: pg.Pool, kept = KEPT): (clientIds: readonly string[]) => TenantAccess {
  const known = new Map<string, TenantAccess>();
  return (clientIds) => {
    const list = clientList(clientIds);
    const found = known.get(list) ?? access(shared, list);
    // The order of a Map is the order of its last uses.
    known.delete(list);
    known.set(list, found);
    for (const oldest of known.keys()) {
      if (known.size <= kept) break;
      known.delete(oldest);
    }
    return found;
  };
}

/** The value of `app.client_ids`; it stands in SQL text, so nothing but ids gets into it. */
function clientList(clientIds: readonly string[]): string {
  for (const id of clientIds) if (!UUID.test(id)) throw new TypeError('A client id must be a UUID.');
  return [...new Set(clientIds.map((id) => id.toLowerCase()))].sort().join(',');
}

function access(shared: pg.Pool, list: string): TenantAccess {
  const pool = new TenantPool(shared, list);
  let prisma: PrismaClient | null = null;
  return {
    pool,
    get prisma() {
      return (prisma ??= new PrismaClient({ adapter: new PrismaPg(pool) }));
    },
  };
}

type QueryArguments = [text: string | pg.QueryConfig, values?: unknown[]];
type Query = (...asked: QueryArguments) => Promise<pg.QueryResult>;

const LEAVE = '/* wall.leave */ COMMIT';
const BEGINS = /^\s*(BEGIN|START\s+TRANSACTION)\b/i;

/**
 * A pool for some clients' rows alone: whatever runs through it runs in a transaction that opens with the clients'
 * ids. SET LOCAL and not set_config(): only that reaches the workers of a Citus cluster, and it ends with the
 * transaction, however that ends. Without it the role sees nothing, so every mistake here shows too little. Callbacks
 * are not taken. `SET ROLE` would lead out, as the session is the owner's; values are always bound, so that takes a
 * hole for SQL injection first.
 */
class TenantPool extends pg.Pool {
  constructor(shared: pg.Pool, list: string) {
    super({ max: 1 });
    const enter = `SET LOCAL app.client_ids = '${list}'`;
    const query: Query = async (...asked) => {
      const client = await shared.connect();
      try {
        return await framed(client, enter, asked);
      } finally {
        giveBack(client);
      }
    };
    this.query = query as pg.Pool['query'];
    this.connect = (async () => bound(await shared.connect(), enter)) as pg.Pool['connect'];
  }
}

/** Sent at once, so the frame costs no round trips; what follows a statement that failed is refused by the server. */
async function framed(client: pg.PoolClient, enter: string, asked: QueryArguments): Promise<pg.QueryResult> {
  const { stream } = client.connection;
  // One packet for the three; pg does the same with the messages of one statement.
  stream.cork();
  const sent = Promise.allSettled([
    client.query(`/* wall.enter */ BEGIN; ${enter}`),
    client.query(...asked),
    client.query(LEAVE),
  ]);
  stream.uncork();
  const [entered, answer, left] = await sent;
  for (const part of [entered, answer, left]) if (part.status === 'rejected') throw part.reason;
  return (answer as PromiseFulfilledResult<pg.QueryResult>).value;
}

/** A connection for transactions: it frames the statements that come outside of one. */
function bound(client: pg.PoolClient, enter: string): Partial<pg.PoolClient> {
  let last: Promise<unknown> = Promise.resolve();
  const run: Query = async (...asked) => {
    if (client.getTransactionStatus() !== 'I') return client.query(...asked);
    const text = typeof asked[0] === 'string' ? asked[0] : asked[0].text;
    if (!BEGINS.test(text)) return framed(client, enter, asked);
    const results: unknown = await client.query(`${text}; /* wall.enter */ ${enter}`);
    return (results as [pg.QueryResult])[0];
  };
  // One after the other: whether a transaction is open is known only when the statement before is over.
  const query: Query = (...asked) => {
    const answer = last.then(() => run(...asked));
    last = answer.catch(() => undefined);
    return answer;
  };
  return {
    query: query as pg.PoolClient['query'],
    release: (destroy) => giveBack(client, destroy),
    on: client.on.bind(client),
    removeListener: client.removeListener.bind(client),
    getTransactionStatus: () => client.getTransactionStatus(),
  };
}

/** A connection that is still in a transaction is nobody else's to use. */
function giveBack(client: pg.PoolClient, destroy?: Error | boolean): void {
  client.release(destroy ?? client.getTransactionStatus() !== 'I');
}
