import { storable } from '../../../lib/text.ts';

const MAX_LENGTH = 300;

/** Parameters of an address, e-mail addresses, Meta tokens, and any long run of letters and digits. */
const SECRETS = [/\?\S*/g, /[\w.+-]+@[\w.-]+/g, /\bEAA[\w-]*/g, /(?=[\w|.%-]*[A-Za-z])[\w|.%-]{24,}/g];

/**
 * Another system's message, fit for people and logs: nothing that looks like a token, an address with parameters
 * or an e-mail address, and none of `known`.
 */
export function scrub(message: string, known: readonly string[] = []): string {
  let text = storable(message).replace(/\p{Cc}+/gu, ' ');
  for (const secret of known) if (secret !== '') text = text.replaceAll(secret, '[removed]');
  for (const pattern of SECRETS) text = text.replace(pattern, '[removed]');
  return storable(text.trim().slice(0, MAX_LENGTH));
}
