import type { Context } from '../../context.ts';
import { errorText } from '../../db/errors.ts';
import { listen } from '../../db/notify.ts';
import type { Listening } from '../../db/notify.ts';
import { monotonicMs } from '../../lib/clock.ts';
import type { Message } from '../../pubsub/message.ts';
import { EVENTS_CHANNEL, parseMessage } from '../../pubsub/message.ts';
import { announce } from '../runs/finish.ts';
import { isNews, takeNews } from '../runs/newest.ts';
import { readFinished, readProgressOfMany } from '../runs/progress.ts';
import { isWatched, rereadWatched } from '../runs/watch.ts';
import { passOn, senderOf } from './tell.ts';

/** What changes within so long is read together. */
const COALESCE_MS = 5;
const RETRY_MS = 500;
/** A run ends by the clock when its last transaction begins, and for others when that is committed. */
const COMMIT_MS = 10_000;

/**
 * Publishes here what other processes do, a few milliseconds after they did it: how runs get on and end, and who lost
 * access. A message has only an id; the run behind it is read when somebody here listens. What was told while the
 * connection was away is read when it is back.
 */
export function hearOthers(ctx: Context): Listening {
  const runs = readRuns(ctx);
  const startedAt = monotonicMs();
  let heardAt = startedAt;
  const hear = (message: Message) => {
    if (message.t !== 'accessRevoked') {
      if (isWanted(ctx, message)) runs.add(message.id);
    } else if (message.from !== senderOf(ctx.pubsub)) {
      passOn(ctx.pubsub, { kind: message.kind, id: message.id });
    }
  };
  const listening = listen({
    url: ctx.db.staff.url,
    log: ctx.log,
    channels: [EVENTS_CHANNEL],
    onMessage: (_channel, payload) => {
      heardAt = monotonicMs();
      const message = parseMessage(payload);
      if (message) hear(message);
    },
    onConnect: () => {
      const now = monotonicMs();
      void rereadWatched(ctx);
      // What ended before this process was there is no news here.
      void readEnds(ctx, Math.min(now - heardAt + COMMIT_MS, now - startedAt));
      heardAt = now;
    },
  });
  return {
    close: async () => {
      await listening.close();
      await runs.close();
    },
  };
}

type RunMessage = Extract<Message, { seq: number }>;

/** Whether somebody here is to hear of it, and has not yet. */
function isWanted(ctx: Context, { t, id, seq }: RunMessage): boolean {
  const state = { runId: id, seq };
  const isEnd = t === 'runFinished';
  if (!isNews(ctx, state)) return false;
  if (isWatched(ctx, id) || (isEnd && ctx.pubsub.isHeard('runFinished'))) return true;
  // Whoever subscribes to ends later is not to hear of this one.
  if (isEnd) takeNews(ctx, state);
  return false;
}

async function readEnds(ctx: Context, withinMs: number): Promise<void> {
  if (!ctx.pubsub.isHeard('runFinished')) return;
  try {
    for (const progress of await readFinished(ctx.db.staff.pool, withinMs)) announce(ctx, progress);
  } catch (error) {
    ctx.log.warn({ reason: errorText(error) }, 'runs that ended meanwhile could not be read');
  }
}

/** Reads the runs it is told of, those of a few milliseconds in one statement, and until it works. */
function readRuns(ctx: Context): { add(runId: string): void; close(): Promise<void> } {
  const waiting = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  let reading: Promise<void> | null = null;
  let isClosed = false;
  const plan = (ms: number) => {
    if (isClosed || timer || reading || waiting.size === 0) return;
    timer = setTimeout(() => {
      timer = null;
      reading = read();
    }, ms);
    timer.unref();
  };
  const read = async () => {
    const runIds = [...waiting];
    waiting.clear();
    let nextMs = COALESCE_MS;
    try {
      for (const progress of await readProgressOfMany(ctx.db.staff.pool, runIds)) announce(ctx, progress);
    } catch (error) {
      ctx.log.warn({ reason: errorText(error) }, 'runs of other processes could not be read; trying again');
      for (const runId of runIds) waiting.add(runId);
      nextMs = RETRY_MS;
    }
    reading = null;
    plan(nextMs);
  };
  return {
    add: (runId) => {
      waiting.add(runId);
      plan(COALESCE_MS);
    },
    close: async () => {
      isClosed = true;
      if (timer) clearTimeout(timer);
      await reading;
    },
  };
}
