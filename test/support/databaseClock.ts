import { query } from './query.ts';

export interface DatabaseClock {
  /** What it shows now. */
  from: Date;
  /** How much faster than real time it goes; 0 = it stands still, also when left out. */
  speed?: number;
  /** Where it stops; never when left out. */
  until?: Date;
  /** Real milliseconds before it begins to go. */
  delayMs?: number;
}

export interface RunningClock extends Required<Omit<DatabaseClock, 'delayMs'>> {
  /** The real time at which it begins to go, in milliseconds. */
  start: number;
}

/**
 * Lets a database show another time than its server: `clock_timestamp()` of statements that do not say whose. Holds for
 * connections that are opened afterwards. Returns its numbers, for whoever is to agree with it.
 */
export async function setDatabaseClock(url: string, clock: DatabaseClock): Promise<RunningClock> {
  const { from, speed = 0, until = new Date('2999-01-01T00:00:00Z'), delayMs = 0 } = clock;
  const start = Date.now() + delayMs;
  const name = new URL(url).pathname.slice(1);
  await query(url, 'CREATE SCHEMA IF NOT EXISTS shown_time');
  await query(url, 'GRANT USAGE ON SCHEMA shown_time TO PUBLIC');
  await query(
    url,
    `CREATE OR REPLACE FUNCTION shown_time.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
       SELECT least('${from.toISOString()}'::timestamptz
                    + greatest(0, extract(epoch FROM pg_catalog.clock_timestamp()) - ${String(start / 1000)}) * ${String(speed)}
                      * interval '1 second', '${until.toISOString()}'::timestamptz) $$`,
  );
  await query(url, `ALTER DATABASE "${name}" SET search_path = shown_time, pg_catalog, public`);
  return { from, speed, until, start };
}

/** What it shows. */
export function clockOf({ start, from, speed, until }: RunningClock): Date {
  const shown = from.getTime() + Math.max(0, Date.now() - start) * speed;
  return new Date(Math.min(shown, until.getTime()));
}
