import type { Actor } from '../context.ts';
import { createThrottle } from '../lib/throttle.ts';
import { networkOf } from '../services/sessions/throttle.ts';
import type { Limits } from './limits.ts';
import { refusal } from './refusal.ts';

const WINDOW_SECONDS = 60;

/** Counts operations in this process. */
export interface RateLimit {
  /** Counts one of this caller's. Throws RATE_LIMITED with the seconds to wait. */
  take(actor: Actor, address: string | null): Promise<void>;
}

/** By key or session; whoever has neither shares what its address has. */
export function createRateLimit(limits: Limits): RateLimit {
  const known = createThrottle({ attempts: limits.perMinute, seconds: WINDOW_SECONDS });
  const anonymous = createThrottle({ attempts: limits.anonymousPerMinute, seconds: WINDOW_SECONDS });
  return {
    take: async (actor, address) => {
      const key = keyOf(actor);
      const waitMs = await (key === null ? anonymous.take(networkOf(address)) : known.take(key));
      if (waitMs > 0) throw tooMany(Math.ceil(waitMs / 1000));
    },
  };
}

function keyOf(actor: Actor): string | null {
  if (actor.kind === 'API_KEY') return `key:${actor.id}`;
  if (actor.kind === 'USER') return `session:${actor.sessionId}`;
  return null;
}

function tooMany(seconds: number) {
  return refusal(`Too many operations: try again in ${seconds} s.`, {
    code: 'RATE_LIMITED',
    also: { retryAfterSeconds: seconds },
    http: { status: 429, headers: { 'retry-after': String(seconds) } },
  });
}
