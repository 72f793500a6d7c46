import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMs } from '../lib/clock.ts';
import { answers } from './client.ts';
import type { Database } from './client.ts';
import { migrationNames } from './migrate.ts';

/** Anybody may ask, so the database is asked at most this often. */
const FRESH_MS = 1_000;
const PATIENCE_MS = 2_000;

/**
 * Tells whether requests can be served: the database answers in time, and has every migration of this version; a
 * backup that was put back may lack some.
 */
export function createReadiness(db: Database): () => Promise<boolean> {
  let last: { at: number; ready: Promise<boolean> } | null = null;
  return () => {
    const now = monotonicMs();
    if (last === null || now - last.at >= FRESH_MS) last = { at: now, ready: inTime(look(db)) };
    return last.ready;
  };
}

async function look(db: Database): Promise<boolean> {
  try {
    return (await answers(db)) && (await isMigrated(db));
  } catch {
    return false;
  }
}

/** As the owner: the list of migrations is nobody else's to read. */
async function isMigrated({ queue }: Database): Promise<boolean> {
  const { rows } = await queue.query<{ missing: boolean }>(
    `/* health.migrations */ SELECT EXISTS (
       SELECT FROM unnest($1::text[]) AS wanted (name)
       WHERE NOT EXISTS (SELECT FROM _prisma_migrations
                         WHERE migration_name = name AND finished_at IS NOT NULL AND rolled_back_at IS NULL)
     ) AS missing`,
    [await migrationNames()],
  );
  return rows[0]?.missing === false;
}

async function inTime(looking: Promise<boolean>): Promise<boolean> {
  const waiting = new AbortController();
  const late = wait(PATIENCE_MS, false, { signal: waiting.signal }).catch(() => false);
  const ready = await Promise.race([looking, late]);
  waiting.abort();
  return ready;
}
