/** Longest reason or log line that is stored. */
const LONGEST = 2_000;

/** Text from outside as PostgreSQL can store it: NUL cannot be, and a page of HTML need not be. */
export function storable(text: string): string {
  const clean = text.replaceAll('\u0000', '');
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
}
