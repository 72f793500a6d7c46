import type { RunStatus } from './db/enums.ts';

/** Where a run stands. `seq` grows with every change of the run: of two messages the higher one is newer. */
export interface RunProgress {
  runId: string;
  /** Null = the run is for every client. */
  clientId: string | null;
  seq: number;
  status: RunStatus;
  tasksTotal: number;
  tasksDone: number;
  recordsSynced: number;
  message: string | null;
  at: Date;
}

/** Topic → payload. Payloads carry ids and numbers, never rows: who may see a row is decided when it is read. */
export interface Topics {
  runProgress: RunProgress;
  /** A run reached its final status. */
  runFinished: { runId: string; clientId: string | null };
}

export type Topic = keyof Topics;

export interface SubscribeOptions<Payload> {
  /** Payloads it refuses never enter this subscriber's queue. */
  accepts?: (payload: Payload) => boolean;
  /** Waiting payloads of the same key are replaced by the newest one. */
  coalesceBy?: (payload: Payload) => string;
}

/**
 * Messages inside this process. They are hints: nothing is true only here, so a subscriber reads the current
 * state first. Each subscriber has a queue of its own, and one that falls too far behind is closed.
 */
export interface PubSub {
  publish<T extends Topic>(topic: T, payload: Topics[T]): void;
  /** Listens from this call on, not from the first `next()`. `return()` ends it. */
  subscribe<T extends Topic>(topic: T, options?: SubscribeOptions<Topics[T]>): AsyncIterableIterator<Topics[T]>;
  /** Ends every subscription. */
  close(): void;
}
