import { z } from 'zod';

/** How an e-mail address is stored and looked for: without spaces around it, in lower case. */
export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, 'must have at most 254 characters')
  .pipe(z.email('must be an e-mail address'));

/** The same for somebody who signs in; null = nobody can have this address. */
export function normalEmail(text: string): string | null {
  const parsed = email.safeParse(text);
  return parsed.success ? parsed.data : null;
}
