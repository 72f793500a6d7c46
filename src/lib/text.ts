/**
 * Text as PostgreSQL can store it: without NUL, and with U+FFFD for half a surrogate pair. Both come in names that
 * other systems cut in the middle of an emoji or copied from a file.
 */
export function storable(text: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text;
  return text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\uFFFD');
}
