import type { RunStatus } from './db/enums.ts';
import { AppError } from './errors.ts';

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
  runFinished: { runId: string; clientId: string | null; status?: RunStatus };
  /** What somebody proves itself with is void, or a user may see less: what was opened with it must end. */
  accessRevoked: { kind: 'API_KEY' | 'USER' | 'SESSION'; id: string };
}

export type Topic = keyof Topics;

export interface SubscribeOptions<Payload> {
  /** Payloads it refuses never enter this subscriber's queue. */
  accepts?: (payload: Payload) => boolean;
  /** Waiting payloads of the same key are replaced by the newest one. */
  coalesceBy?: (payload: Payload) => string;
}

/**
 * Messages inside this process; services/news carries them between processes. They are hints: nothing is true only here, so a subscriber reads the current
 * state first. Each subscriber has a queue of its own, and one that falls too far behind is closed.
 */
export interface PubSub {
  publish<T extends Topic>(topic: T, payload: Topics[T]): void;
  /** Listens from this call on, not from the first `next()`. `return()` ends it. */
  subscribe<T extends Topic>(
    topic: T,
    options?: SubscribeOptions<Topics[T]>,
  ): AsyncIterableIterator<Topics[T]>;
  /** Whether somebody listens. */
  isHeard(topic: Topic): boolean;
  /** Ends every subscription. */
  close(): void;
}

export interface PubSubOptions {
  /** Most payloads that wait for one subscriber; 100 when left out. */
  queueLimit?: number;
  /** Told when a subscriber was closed for being too slow. */
  onOverflow?: (topic: Topic) => void;
}

const QUEUE_LIMIT = 100;

/**
 * An empty PubSub. `publish` costs O(subscribers of the topic), never waits and never throws. A subscriber whose queue
 * is full is closed and forgets what waited: its next `next()` rejects once with RATE_LIMITED, then it is done, so that
 * it learns that messages are missing and reads the state again.
 */
export function createPubSub(options: PubSubOptions = {}): PubSub {
  const subscribers = new Map<Topic, Set<Subscription<never>>>();
  const of = <T extends Topic>(topic: T): Set<Subscription<Topics[T]>> => {
    const found = subscribers.get(topic) ?? new Set<Subscription<never>>();
    subscribers.set(topic, found);
    return found as unknown as Set<Subscription<Topics[T]>>;
  };
  return {
    publish: (topic, payload) => {
      for (const subscription of of(topic)) {
        if (!subscription.offer(payload)) tell(options.onOverflow, topic);
      }
    },
    subscribe: (topic, subscribeOptions = {}) => {
      const limit = options.queueLimit ?? QUEUE_LIMIT;
      const subscription = new Subscription(limit, subscribeOptions, () => of(topic).delete(subscription));
      of(topic).add(subscription);
      return subscription;
    },
    isHeard: (topic) => of(topic).size > 0,
    close: () => {
      for (const set of subscribers.values()) for (const subscription of set) void subscription.return();
    },
  };
}

function tell(listener: PubSubOptions['onOverflow'], topic: Topic): void {
  try {
    listener?.(topic);
  } catch {
    // The publisher must not suffer from a listener's mistake.
  }
}

interface Waiter<Payload> {
  resolve(result: IteratorResult<Payload, undefined>): void;
  reject(error: unknown): void;
}

const DONE: IteratorResult<never, undefined> = { done: true, value: undefined };

/** One subscriber: its queue, or its pending `next()` calls; never both. */
class Subscription<Payload> implements AsyncIterableIterator<Payload, undefined> {
  readonly #limit: number;
  readonly #options: SubscribeOptions<Payload>;
  readonly #forget: () => void;
  /** Keeps the order of arrival; a coalesced payload takes the place of the one it replaces. */
  readonly #queue = new Map<string | number, Payload>();
  readonly #waiters: Waiter<Payload>[] = [];
  #arrivals = 0;
  #failure: unknown = undefined;
  #ended = false;

  constructor(limit: number, options: SubscribeOptions<Payload>, forget: () => void) {
    this.#limit = limit;
    this.#options = options;
    this.#forget = forget;
  }

  /** False = this payload was one too many and closed the subscription. */
  offer(payload: Payload): boolean {
    try {
      if (this.#options.accepts?.(payload) === false) return true;
      const waiter = this.#waiters.shift();
      if (waiter) waiter.resolve({ done: false, value: payload });
      else return this.#keep(payload);
    } catch (error) {
      this.#end(error);
    }
    return true;
  }

  #keep(payload: Payload): boolean {
    const key = this.#options.coalesceBy?.(payload) ?? this.#arrivals++;
    if (this.#queue.size >= this.#limit && !this.#queue.has(key)) {
      this.#end(new AppError('RATE_LIMITED', 'Messages came faster than they were taken: subscribe again.'));
      return false;
    }
    this.#queue.set(key, payload);
    return true;
  }

  #end(failure?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#queue.clear();
    this.#forget();
    for (const waiter of this.#waiters.splice(0)) {
      if (this.#failure === undefined) waiter.resolve(DONE);
      else waiter.reject(this.#takeFailure());
    }
  }

  #takeFailure(): unknown {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  next(): Promise<IteratorResult<Payload, undefined>> {
    for (const [key, payload] of this.#queue) {
      this.#queue.delete(key);
      return Promise.resolve({ done: false, value: payload });
    }
    if (this.#failure !== undefined) return Promise.reject(this.#takeFailure());
    if (this.#ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<Payload, undefined>> {
    this.#end();
    this.#failure = undefined;
    return Promise.resolve(DONE);
  }

  throw(error?: unknown): Promise<IteratorResult<Payload, undefined>> {
    this.#end();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
