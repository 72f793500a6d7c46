import type { ServerResponse } from 'node:http';

/** Waits `ms` (null = for ever), or until the connection of the answer is gone: its caller left or the sandbox closed. */
export function pause(ms: number | null, outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      outgoing.off('close', done);
      resolve();
    };
    const timer = ms === null ? undefined : setTimeout(done, ms);
    outgoing.once('close', done);
  });
}
