import { send } from '../../lib/http.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Finding } from './check.ts';
import { fail, ok, warn } from './check.ts';

/** Headers tell whole seconds, and an answer takes a moment. */
const UNNOTICED_MS = 3_000;
/** Days would end at the wrong moment, and signed requests be refused. */
const TOO_FAR_MS = 300_000;
const TIMEOUT_MS = 10_000;

/** Compares this machine's clock with another's. */
export function judgeClock(whose: string, here: Date, there: Date): Finding {
  const aheadMs = here.getTime() - there.getTime();
  const size = Math.abs(aheadMs);
  if (size < UNNOTICED_MS) return ok('clock', `agrees with ${whose}`);
  const found = `${(size / 1000).toFixed(0)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ${whose}`;
  const todo = 'Keep the clocks of the machines with NTP (timedatectl set-ntp true).';
  return size < TOO_FAR_MS ? warn('clock', found, todo) : fail('clock', found, todo);
}

/** The clock of a platform, from the Date header of whatever it answers; null when it tells none. */
export async function checkRemoteClock(whose: string, url: string, now: Clock): Promise<Finding | null> {
  try {
    const { headers } = await send({ method: 'GET', url, timeoutMs: TIMEOUT_MS });
    const there = new Date(headers.get('date') ?? '');
    return Number.isNaN(there.getTime()) ? null : judgeClock(whose, now(), there);
  } catch {
    // That it cannot be reached is for the check of the platform to say.
    return null;
  }
}
