/** Quotas are counted over a rolling day; an announcement beyond that is a mistake. */
const LONGEST_SECONDS = 24 * 60 * 60;

/** A protobuf duration in seconds: `8962s`, `0.5s`; 0 when absent or unreadable. */
export function durationSeconds(text: string | null | undefined): number {
  const [, seconds] = /^(\d{1,12}(?:\.\d{1,9})?)s$/.exec(text ?? '') ?? [];
  return seconds === undefined ? 0 : Math.min(Number(seconds), LONGEST_SECONDS);
}

/** `Retry-After` in seconds from `now`: a number or a date (RFC 9110, 10.2.3); 0 when absent or unreadable. */
export function retryAfterSeconds(headers: Headers, now: Date): number {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), LONGEST_SECONDS);
  const at = Date.parse(text);
  return Number.isNaN(at) ? 0 : Math.max(0, Math.min((at - now.getTime()) / 1000, LONGEST_SECONDS));
}
