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

/** However often somebody asks, the database is asked this often. Slices are many, and are all counted. */
const FRESH_MS = 5_000;
const SLICES_FRESH_MS = 60_000;
/** Who waits for numbers waits this long for each; the statement goes on, for whoever asks next. */
const PATIENCE_MS = 2_000;

/**
 * Reads the numbers, each with one statement, one after the other: a reader of numbers takes no more than a connection
 * from those who work. After the first that cannot be read no other is asked for.
 */
export function createOperations(db: Database): () => Promise<OperationNumbers> {
  const { queue } = db;
  const { pool } = db.jobs;
  const jobs = kept(FRESH_MS, () => operations.readQueue.maybe(queue));
  const workers = kept(FRESH_MS, async () => (await operations.countWorkers.maybe(queue))?.count ?? null);
  const runs = kept(FRESH_MS, () => operations.countRuns.all(pool));
  const tasks = kept(FRESH_MS, () => operations.countTasks.all(pool));
  const paused = kept(FRESH_MS, () => operations.countPausedAccounts.all(pool));
  const slices = kept(SLICES_FRESH_MS, () => operations.countSlices.all(pool));
  return async () => {
    let goesOn = true;
    const ask = async <T>(read: () => Promise<T | null>): Promise<T | null> => {
      const answer = goesOn ? await read() : null;
      goesOn = answer !== null;
      return answer;
    };
    return {
      queue: await ask(jobs),
      workers: await ask(workers),
      runs: await ask(runs),
      tasks: await ask(tasks),
      paused: await ask(paused),
      slices: await ask(slices),
    };
  };
}

/** The last answer while it is fresh; who asks meanwhile waits for the same one. Null when it failed or takes long. */
function kept<T>(freshMs: number, read: () => Promise<T>): () => Promise<T | null> {
  let last: { at: number; answer: Promise<T | null> } | null = null;
  return async () => {
    const now = monotonicMs();
    if (last === null || now - last.at >= freshMs) last = { at: now, answer: read().catch(() => null) };
    const waiting = new AbortController();
    const late = wait(PATIENCE_MS, null, { signal: waiting.signal }).catch(() => null);
    const answer = await Promise.race([last.answer, late]);
    waiting.abort();
    return answer;
  };
}
