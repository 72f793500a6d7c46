import type { ServerResponse } from 'node:http';

/** Waits of answers that are late or never come; none outlives the sandbox or its caller. */
export interface Pauses {
  /** Ends after `ms` (null = never by itself), when the caller goes away, or with `end`. */
  wait(ms: number | null, outgoing: ServerResponse): Promise<void>;
  end(): void;
}

export function createPauses(): Pauses {
  const waiting = new Set<() => void>();
  return {
    wait(ms, outgoing) {
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          waiting.delete(done);
          outgoing.off('close', done);
          resolve();
        };
        const timer = ms === null ? undefined : setTimeout(done, ms);
        waiting.add(done);
        outgoing.once('close', done);
      });
    },
    end() {
      for (const done of [...waiting]) done();
    },
  };
}
