import { z } from 'zod';
import type { Day } from '../../lib/days.ts';
import { dayOf, daysBetween } from '../../lib/days.ts';

/**
 * Where each kind of work begins in the queue; lower goes first, and the queue takes at most 32,767. Today's figures,
 * then closes, then backfills: who waits for years of history waits a little longer, who looks at today does not.
 */
export const LANES = {
  /** Days up to today; the fewer days the sooner. */
  TODAY: 0,
  /** Goals computed anew: nobody's platform is asked, and somebody waits for it. */
  GOALS: 500,
  /** Short, and somebody waits for them. */
  MAILS: 600,
  CREDENTIALS: 1_000,
  /** Days that do not reach today. */
  PAST: 4_000,
  CLOSES: 6_000,
  /** Parts come after their totals. */
  BREAKDOWNS: 10_000,
  /** Newest months first, over all clients. */
  BACKFILL: 20_000,
} as const;

/** A sync of so many days: today's figures first, and what is quickly done before what takes long. */
export function syncPriority(days: number, reachesToday: boolean): number {
  return days + (reachesToday ? LANES.TODAY : LANES.PAST);
}

/** A month that ended so many days ago; 0 = it is not over. */
export function backfillPriority(daysAgo: number): number {
  return LANES.BACKFILL + Math.min(Math.max(daysAgo, 0), 10_000);
}

/** Where the day ends last: a day that is not over there may be somebody's today. */
const LAST_ZONE = 'Etc/GMT+12';

const withRange = z.object({ range: z.object({ from: z.string(), to: z.string() }) });

/**
 * The place of a task that is queued once more, from what is stored of it. What has no days of its own goes to the
 * front: somebody asked for it.
 */
export function priorityAgain(kind: string, parameters: unknown, now: Date): number {
  const parsed = withRange.safeParse(parameters);
  if (kind === 'GOALS') return LANES.GOALS;
  if (!parsed.success) return LANES.TODAY;
  const { from, to } = parsed.data.range;
  const days = daysBetween(from, to) + 1;
  if (kind === 'BACKFILL') return backfillPriority(daysBetween(to, latest(now)));
  if (kind === 'BREAKDOWNS') return LANES.BREAKDOWNS + days;
  return syncPriority(days, to >= latest(now));
}

function latest(now: Date): Day {
  return dayOf(now, LAST_ZONE);
}
