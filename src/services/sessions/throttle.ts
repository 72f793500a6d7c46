import { isIPv6 } from 'node:net';
import { AppError } from '../../errors.ts';
import { createThrottle } from '../../lib/throttle.ts';

const WINDOW_SECONDS = 15 * 60;
const FAILURES_PER_EMAIL = 5;
const FAILURES_PER_ADDRESS = 20;
const LONGEST_EMAIL = 254;
const MS_PER_MINUTE = 60_000;
/** The groups of an IPv6 address that name a network: whoever has one address has all of them. */
const NETWORK_GROUPS = 4;

/** Who tries to sign in as whom. */
export interface Attempt {
  /** The caller's network address. */
  address: string | null;
  email: string;
}

/** Slows down guessing: 5 failures an e-mail and 20 an address within 15 minutes. */
export interface SignInThrottle {
  /** Counts the attempt before it is judged, so that attempts made at once cannot slip through. Throws RATE_LIMITED. */
  admit(attempt: Attempt): Promise<void>;
  /** It was the right password: the e-mail starts anew, the address gets this one attempt back. */
  succeeded(attempt: Attempt): Promise<void>;
}

/** An empty one; it lives as long as the process and is not shared between processes. */
export function createSignInThrottle(): SignInThrottle {
  const emails = createThrottle({ attempts: FAILURES_PER_EMAIL, seconds: WINDOW_SECONDS });
  const addresses = createThrottle({ attempts: FAILURES_PER_ADDRESS, seconds: WINDOW_SECONDS });
  return {
    admit: async ({ address, email }) => {
      // The address first: one that is stopped must not lock the e-mails of others.
      refuse(await addresses.take(networkOf(address)));
      refuse(await emails.take(emailKey(email)));
    },
    succeeded: async ({ address, email }) => {
      // Not all of the address's: a guesser with one password of his own could clear it again and again.
      await addresses.giveBack(networkOf(address));
      await emails.reset(emailKey(email));
    },
  };
}

function refuse(waitMs: number): void {
  if (waitMs === 0) return;
  const minutes = Math.ceil(waitMs / MS_PER_MINUTE);
  throw new AppError(
    'RATE_LIMITED',
    `Too many sign-ins failed: try again in ${minutes} minute${minutes === 1 ? '' : 's'}.`,
  );
}

function emailKey(email: string): string {
  return email.trim().toLowerCase().slice(0, LONGEST_EMAIL);
}

/** What counts as one address: an IPv4 address, or the /64 network of an IPv6 one. */
export function networkOf(address: string | null): string {
  if (address === null || !isIPv6(address) || address.includes('.')) return address ?? 'unknown';
  const [head = '', tail] = address.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array<string>(gap).fill('0'), ...last];
  return groups.slice(0, NETWORK_GROUPS).join(':');
}
