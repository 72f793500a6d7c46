import type { Verdict } from './errors.ts';
import type { Usage } from './usage.ts';
import { readUsage } from './usage.ts';

/** Quotas are counted over a rolling hour; an announcement far beyond that is a mistake. */
const LONGEST_SECONDS = 24 * 60 * 60;

/** `Retry-After` in seconds from `now`: a number or a date (RFC 9110, 10.2.3); 0 when absent or unreadable. */
export function retryAfterSeconds(headers: Headers, now: Date): number {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), LONGEST_SECONDS);
  const at = Date.parse(text);
  return Number.isNaN(at) ? 0 : between(0, (at - now.getTime()) / 1000);
}

/** Above this much of a quota, in percent, calls stop before they are refused. Airbyte's practice. */
const NEARLY_FULL = 95;
const NEARLY_FULL_SECONDS = 60;

/** A pause that an answer announces, also one that succeeded. */
export interface Pause {
  seconds: number;
  /** For people. */
  reason: string;
}

/** Whose call it was. */
export interface Caller {
  /** Without `act_`. */
  accountId: string;
  now: Date;
}

/** The pause an answer's headers ask for: announced, or a minute when a quota is nearly full; null = none. */
export function announcedPause(headers: Headers, who: Caller): Pause | null {
  const seconds = announcedSeconds(headers, who);
  if (seconds > 0) return { seconds, reason: 'Meta asked for a pause.' };
  const percent = Math.max(0, ...usagesOf(headers, who).map((used) => used.percent));
  if (percent <= NEARLY_FULL) return null;
  const reason = `${Math.floor(percent)} % of what Meta allows is used.`;
  return { seconds: NEARLY_FULL_SECONDS, reason };
}

/**
 * How long to leave the account alone, in seconds: the longest pause that an answer's headers announce for it
 * (estimated_time_to_regain_access, reset_time_duration, Retry-After), else the error's documented default.
 * `accountId` is without `act_`.
 */
export function pauseSeconds(verdict: Verdict, headers: Headers, who: Caller): number {
  const longest = announcedSeconds(headers, who);
  return between(verdict.atLeastSeconds ?? 0, longest > 0 ? longest : (verdict.waitSeconds ?? 0));
}

function announcedSeconds(headers: Headers, who: Caller): number {
  const announced = usagesOf(headers, who).map((used) => used.pauseSeconds);
  return between(0, Math.max(retryAfterSeconds(headers, who.now), 0, ...announced));
}

/** The account's own quotas. The key may be the business the account belongs to; then its quota is the account's. */
function usagesOf(headers: Headers, who: Caller): Usage[] {
  const usages = readUsage(headers);
  const named = usages.filter((used) => used.subject !== null);
  const own = named.filter((used) => used.subject === who.accountId);
  const general = usages.filter((used) => used.subject === null);
  return [...general, ...(own.length > 0 ? own : named)];
}

function between(least: number, seconds: number): number {
  return Math.max(least, Math.min(seconds, LONGEST_SECONDS));
}
