import { monotonicMs } from '../lib/clock.ts';

/** npm passes on the Ctrl-C that the terminal sends to this process as well. */
const SAME_PRESS_MS = 1_000;

/** Resolves at the first SIGINT or SIGTERM. One that comes later, after a second, ends the process at once. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | null = null;
    const onSignal = (signal: NodeJS.Signals) => {
      if (first !== null && monotonicMs() - first > SAME_PRESS_MS) process.exit(1);
      first ??= monotonicMs();
      resolve(signal);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}
