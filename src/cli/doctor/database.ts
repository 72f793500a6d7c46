import { connectAlone } from '../../db/client.ts';
import { findPendingMigrations } from '../../db/migrate.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { judgeClock } from './clock.ts';
import type { Finding } from './check.ts';
import { fail, ok, warn } from './check.ts';
import { readServer } from './sql.ts';

export interface DatabaseState {
  findings: Finding[];
  /** False: nothing that needs its tables can be checked. */
  isUsable: boolean;
}

/** Version, migrations, session and clock of a database; changes nothing. Throws when it cannot be reached. */
export async function checkDatabase(url: string, world: { now: Clock; log: Logger }): Promise<DatabaseState> {
  const { now, log } = world;
  const client = await connectAlone({ url, log });
  try {
    const before = now();
    const server = await readServer.maybe(client);
    if (!server) throw new Error('doctor.server returned no row');
    const here = new Date((before.getTime() + now().getTime()) / 2);
    const pending = await findPendingMigrations(url, { log });
    const findings = [
      ok('database', `PostgreSQL ${server.version} answers`),
      judgeSession(server.timezone),
      judgeMigrations(pending),
      judgeClock('the database', here, server.now),
    ];
    return { findings, isUsable: pending.length === 0 };
  } finally {
    await client.end();
  }
}

function judgeSession(timezone: string): Finding {
  if (timezone === 'UTC') return ok('database', 'sessions are in UTC');
  return fail(
    'database',
    `sessions are in ${timezone}, not in UTC: instants would be read wrongly`,
    'Connect without a pooler that drops the session options, or set TimeZone=UTC for the role.',
  );
}

function judgeMigrations(pending: readonly string[]): Finding {
  if (pending.length === 0) return ok('migrations', 'all applied');
  return warn(
    'migrations',
    `not applied: ${pending.join(', ')}`,
    'Run `tributary migrate`; `tributary start` does it by itself.',
  );
}
