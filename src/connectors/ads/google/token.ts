import { createHash } from 'node:crypto';
import type { Clock } from '../../../lib/clock.ts';
import type { RetryPolicy } from '../../../lib/retry.ts';
import { retrying } from '../../../lib/retry.ts';
import type { Secret } from '../../../lib/secret.ts';
import { ConnectorError } from '../../errors.ts';
import type { TokenAccess } from '../contract.ts';
import type { Desk, IssuedAccess } from './desk.ts';
import { askForAccess } from './desk.ts';

/** Access tokens live an hour; one that ends while a long answer is on its way would be refused half-way. */
const LONGEST_USE_MS = 50 * 60_000;
const SAFETY_MS = 60_000;

/** Access tokens by the refresh token they came from, in memory only. */
export interface AccessTokens {
  /** One that is good for a while. Throws ConnectorError (REAUTHORIZE of the CREDENTIAL when the grant is dead). */
  get(access: TokenAccess): Promise<Secret>;
  /** The platform refused `used`: the next `get` asks for another, unless somebody has done so already. */
  forget(refreshToken: Secret, used: Secret): void;
}

interface Kept {
  token: Secret;
  until: number;
}

export function createAccessTokens(desk: Desk, options: { now: Clock; retries: RetryPolicy }): AccessTokens {
  const { now, retries } = options;
  const kept = new Map<string, Kept>();
  const asking = new Map<string, Promise<Secret>>();

  const ask = async (key: string, refreshToken: Secret): Promise<Secret> => {
    try {
      const issued = await retrying(() => askForAccess(desk, refreshToken), { ...retries, decide });
      dropEnded(kept, now());
      kept.set(key, { token: issued.token, until: useUntil(issued, now()) });
      return issued.token;
    } finally {
      asking.delete(key);
    }
  };

  return {
    get({ token: refreshToken, signal }) {
      const key = keyOf(refreshToken);
      const known = kept.get(key);
      if (known && known.until > now().getTime()) return Promise.resolve(known.token);
      // Several calls wait for the same answer, so none of their signals may end it.
      const asked = asking.get(key) ?? ask(key, refreshToken);
      asking.set(key, asked);
      return orAborted(asked, signal);
    },
    forget(refreshToken, used) {
      const key = keyOf(refreshToken);
      if (kept.get(key)?.token.reveal() === used.reveal()) kept.delete(key);
    },
  };
}

function keyOf(refreshToken: Secret): string {
  return createHash('sha256').update(refreshToken.reveal()).digest('base64url');
}

function useUntil({ endsAt }: IssuedAccess, now: Date): number {
  return Math.min(now.getTime() + LONGEST_USE_MS, endsAt.getTime() - SAFETY_MS);
}

function dropEnded(kept: Map<string, Kept>, now: Date): void {
  for (const [key, { until }] of kept) if (until <= now.getTime()) kept.delete(key);
}

function decide(error: unknown): 'retry' | 'stop' {
  return error instanceof ConnectorError && error.failure === 'RETRY' ? 'retry' : 'stop';
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    // The caller's own reason, whatever it is.
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
