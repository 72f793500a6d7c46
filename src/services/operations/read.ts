import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../../db/client.ts';
import { monotonicMs } from '../../lib/clock.ts';
import * as operations from './sql.ts';
import type { QueueRow } from './sql.ts';

/** Numbers about the whole installation, as the database has them. Null = it could not be asked. */
export interface OperationNumbers {
  /** Of the last day, and all that are open. */
  runs: { kind: string; status: string; count: number }[] | null;
  tasks: { status: string; count: number }[] | null;
  slices: { status: string; count: number }[] | null;
  /** Accounts whose platform takes no calls for them now. */
  paused: { platform: string; count: number }[] | null;
  queue: QueueRow | null;
  workers: number | null;
}

const UNKNOWN: OperationNumbers = {
  runs: null,
  tasks: null,
  slices: null,
  paused: null,
  queue: null,
  workers: null,
};

/** However often somebody asks, the database is asked this often. Slices are many, and are all counted. */
const FRESH_MS = 5_000;
const SLICES_FRESH_MS = 60_000;
/** Who asks waits this long; the statements go on, for whoever asks next. */
const PATIENCE_MS = 3_000;

/**
 * Reads the numbers, each with one statement, one after the other: a reader of numbers takes no more than a connection
 * from those who work. What comes after the first that cannot be read is not asked for.
 */
export function createOperations(db: Database): () => Promise<OperationNumbers> {
  const { queue } = db;
  const { pool } = db.jobs;
  const slices = kept(SLICES_FRESH_MS, () => operations.countSlices.all(pool));
  const numbers = kept(FRESH_MS, async () => {
    const read = { ...UNKNOWN };
    try {
      read.queue = await operations.readQueue.maybe(queue);
      read.workers = (await operations.countWorkers.maybe(queue))?.count ?? null;
      read.runs = await operations.countRuns.all(pool);
      read.tasks = await operations.countTasks.all(pool);
      read.paused = await operations.countPausedAccounts.all(pool);
      read.slices = await slices();
    } catch {
      // Its absence tells it, and the log would say it at every scrape.
    }
    return read;
  });
  return async () => {
    const waiting = new AbortController();
    const late = wait(PATIENCE_MS, UNKNOWN, { signal: waiting.signal }).catch(() => UNKNOWN);
    const read = await Promise.race([numbers(), late]);
    waiting.abort();
    return read;
  };
}

/** The last answer while it is fresh; who asks meanwhile waits for the same one. */
function kept<T>(freshMs: number, read: () => Promise<T>): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | null = null;
  return () => {
    const now = monotonicMs();
    if (last === null || now - last.at >= freshMs) last = { at: now, answer: read() };
    return last.answer;
  };
}
