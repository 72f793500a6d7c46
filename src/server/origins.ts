/**
 * Whether a page may talk to us: the one that is served from the host it asks, and those of the allow-list. What sends
 * no Origin is not a page of a browser.
 */
export function isOriginAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined || allowed.includes(origin)) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
}
