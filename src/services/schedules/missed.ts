import { parseCron } from './cron.ts';

/** Which moments of an absence are made up for: only the newest, or all. */
export type CatchUp = 'LATEST' | 'EVERY';

export interface MissedOptions {
  cron: string;
  timezone: string;
  /** The last moment that was claimed, or when the schedule came to be: this one is not missed. */
  after: Date;
  now: Date;
  policy: CatchUp;
}

/** A process that was busy for so long was not away: every moment of this time is to run. */
const PROMPT_MS = 5_000;

/** After a long absence of an EVERY schedule the newest so many moments are made up for. */
const MOST = 500;

/** The moments of a schedule in `after < moment <= now` that are to run, oldest first. Throws BAD_USER_INPUT. */
export function missedFires({ cron, timezone, after, now, policy }: MissedOptions): Date[] {
  const pattern = parseCron(cron, timezone);
  // croner looks before its reference and drops milliseconds; a moment that is exactly now is due.
  const reference = new Date(Math.floor(now.getTime() / 1000) * 1000 + 1000);
  const missed: Date[] = [];
  let before = reference;
  while (missed.length < MOST) {
    const [moment] = pattern.previousRuns(1, before);
    if (!moment || moment <= after) break;
    const isOld = now.getTime() - moment.getTime() > PROMPT_MS;
    if (policy === 'LATEST' && isOld && missed.length > 0) break;
    missed.push(moment);
    before = moment;
  }
  return missed.reverse();
}
