import type { Verdict } from './errors.ts';
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

/**
 * How long to leave the account alone, in seconds: the longest pause that an answer's headers announce for it
 * (estimated_time_to_regain_access, reset_time_duration, Retry-After), else the error's documented default.
 * `accountId` is without `act_`.
 */
export function pauseSeconds(
  verdict: Verdict,
  headers: Headers,
  who: { accountId: string; now: Date },
): number {
  const usages = readUsage(headers).filter((used) => used.pauseSeconds > 0);
  const own = usages.filter((used) => used.subject === null || used.subject === who.accountId);
  // The key may be the business the account belongs to; then its pause is the account's.
  const announced = (own.length > 0 ? own : usages).map((used) => used.pauseSeconds);
  const longest = Math.max(0, retryAfterSeconds(headers, who.now), ...announced);
  return between(verdict.atLeastSeconds ?? 0, longest > 0 ? longest : (verdict.waitSeconds ?? 0));
}

function between(least: number, seconds: number): number {
  return Math.max(least, Math.min(seconds, LONGEST_SECONDS));
}
