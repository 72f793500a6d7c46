import { badInput } from '../../errors.ts';
import { parseCron } from './cron.ts';

/** When a schedule is due: five fields, or six with seconds first, read in an IANA zone. */
export interface Recurrence {
  cron: string;
  timezone: string;
}

/** The next `n` moments after `from` at which a schedule is due, soonest first. Throws BAD_USER_INPUT. */
export function nextFires({ cron, timezone }: Recurrence, from: Date, n: number): Date[] {
  return parseCron(cron, timezone).nextRuns(n, from);
}

/** Throws BAD_USER_INPUT, saying what is wrong, unless the schedule can be kept: also when it would never be due. */
export function checkCron(cron: string, timezone: string, now: Date): void {
  if (nextFires({ cron, timezone }, now, 1).length === 0) {
    throw badInput(`"${cron}" is never due: such a day does not exist.`);
  }
}
