import { Logger as WorkerLogger } from 'graphile-worker';
import type { Logger } from '../lib/log.ts';

const LEVELS = { error: 'error', warning: 'warn', info: 'debug', debug: 'trace' } as const;

/** The queue library's messages in our log, a step quieter. Its objects stay out: they hold whole jobs. */
export function toWorkerLog(log: Logger): WorkerLogger {
  return new WorkerLogger(() => (level, message) => log[LEVELS[level]]({ part: 'queue' }, message));
}
