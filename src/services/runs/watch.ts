import type { Context } from '../../context.ts';
import { errorText } from '../../db/errors.ts';
import { isFinished } from '../../db/enums.ts';
import type { PubSub, RunProgress } from '../../pubsub.ts';
import { requireRun } from './find.ts';
import { announce } from './finish.ts';
import { readProgress, readProgressOfMany } from './progress.ts';

/** How long news from another process may take when no message of it arrives. */
const REREAD_MS = 2_000;

/**
 * The run's present state, then every newer one (by `seq`; only the newest when they come faster than they are taken),
 * ending after the final one. Listens before it reads, so nothing falls between; and what another process does, or a
 * message that is missed, is found by reading again. Throws NOT_FOUND for an unknown run.
 * Who may see the run is the caller's business.
 */
export function watchProgress(ctx: Context, runId: string): AsyncIterableIterator<RunProgress> {
  const messages = ctx.pubsub.subscribe('runProgress', {
    accepts: (progress) => progress.runId === runId,
    coalesceBy: () => runId,
  });
  const release = keepReading(ctx, runId);
  const close = async () => {
    release();
    await messages.return?.();
  };
  const states = newerStates(ctx, { runId, messages, close });
  return {
    next: () => states.next(),
    return: async () => {
      // First the subscription: a generator that waits for a message cannot be ended from outside.
      await close();
      return states.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

interface Watch {
  runId: string;
  messages: AsyncIterable<RunProgress>;
  close: () => Promise<void>;
}

async function* newerStates(ctx: Context, watch: Watch): AsyncGenerator<RunProgress, undefined> {
  try {
    await requireRun(ctx, watch.runId);
    let last = await readProgress(ctx.db.pool, watch.runId);
    if (last) yield last;
    if (!last || isFinished(last.status)) return undefined;
    for await (const progress of watch.messages) {
      if (progress.seq <= last.seq) continue;
      last = progress;
      yield progress;
      if (isFinished(progress.status)) break;
    }
    return undefined;
  } finally {
    await watch.close();
  }
}

/** Of one PubSub: how many watch each run. */
interface Watched {
  runs: Map<string, number>;
  timer: NodeJS.Timeout;
}

/** One reader per process, however many watch: it puts what it reads where the messages of this process are. */
const readers = new WeakMap<PubSub, Watched>();

/** Whether somebody in this process watches the run. */
export function isWatched({ pubsub }: Pick<Context, 'pubsub'>, runId: string): boolean {
  return readers.get(pubsub)?.runs.has(runId) ?? false;
}

/** Tells everybody in this process who watches a run where it stands now. Never rejects. */
export async function rereadWatched(ctx: Context): Promise<void> {
  const reader = readers.get(ctx.pubsub);
  if (reader) await reread(ctx, reader);
}

function keepReading(ctx: Context, runId: string): () => void {
  const reader = readers.get(ctx.pubsub) ?? startReader(ctx);
  reader.runs.set(runId, (reader.runs.get(runId) ?? 0) + 1);
  let released = false;
  return () => {
    if (released) return;
    released = true;
    const others = (reader.runs.get(runId) ?? 1) - 1;
    if (others > 0) reader.runs.set(runId, others);
    else reader.runs.delete(runId);
    if (reader.runs.size > 0) return;
    clearInterval(reader.timer);
    readers.delete(ctx.pubsub);
  };
}

function startReader(ctx: Context): Watched {
  let reading = false;
  const timer = setInterval(() => {
    if (reading) return;
    reading = true;
    void reread(ctx, reader).finally(() => (reading = false));
  }, REREAD_MS);
  timer.unref();
  const reader: Watched = { runs: new Map(), timer };
  readers.set(ctx.pubsub, reader);
  return reader;
}

async function reread(ctx: Context, reader: Watched): Promise<void> {
  try {
    // It reads for all who watch, and one actor's database may hide the others' runs.
    const states = await readProgressOfMany(ctx.db.staff.pool, [...reader.runs.keys()]);
    for (const progress of states) announce(ctx, progress);
  } catch (error) {
    ctx.log.warn({ reason: errorText(error) }, 'progress could not be read; trying again');
  }
}
