import type { ExecutionResult, GraphQLError } from 'graphql';

export interface LiveStreamOptions {
  source: AsyncIterable<unknown>;
  /** Answers one event. */
  answer: (event: unknown) => Promise<ExecutionResult>;
  /** What the caller is told of a source that broke. */
  explain: (error: unknown) => GraphQLError;
  /** Called once, however it ends. */
  onEnd: () => void;
}

interface Waiter {
  resolve(result: IteratorResult<ExecutionResult, undefined>): void;
  reject(error: GraphQLError): void;
}

const DONE: IteratorResult<never, undefined> = { done: true, value: undefined };

/**
 * The answers of one subscription, for one reader that asks for one at a time. A reader that does not ask holds nothing
 * up but itself: the source's own queue is bounded. When it is ended from outside, the `next()` that waits (or the one
 * that comes) rejects with the reason, once.
 */
export class LiveStream implements AsyncIterableIterator<ExecutionResult, undefined> {
  readonly #options: LiveStreamOptions;
  readonly #events: AsyncIterator<unknown>;
  #waiter: Waiter | null = null;
  #failure: GraphQLError | null = null;
  #ended = false;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
    this.#events = options.source[Symbol.asyncIterator]();
  }

  next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    const failure = this.#failure;
    this.#failure = null;
    if (failure) return Promise.reject(failure);
    if (this.#ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      this.#waiter = waiter;
      void this.#advance(waiter);
    });
  }

  async #advance(waiter: Waiter): Promise<void> {
    try {
      const event = await this.#events.next();
      if (event.done) return this.end();
      const value = await this.#options.answer(event.value);
      this.#waiter = null;
      waiter.resolve({ done: false, value });
    } catch (error) {
      this.end(this.#options.explain(error));
    }
  }

  /** Ends it now; with a reason the reader is told. Ending it again changes nothing. */
  end(reason?: GraphQLError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onEnd();
    // What the source still says is nobody's any more.
    Promise.resolve(this.#events.return?.()).catch(() => undefined);
    const waiter = this.#waiter;
    this.#waiter = null;
    if (!waiter) this.#failure = reason ?? null;
    else if (reason) waiter.reject(reason);
    else waiter.resolve(DONE);
  }

  return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.end();
    this.#failure = null;
    return Promise.resolve(DONE);
  }

  throw(error?: unknown): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.end();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
