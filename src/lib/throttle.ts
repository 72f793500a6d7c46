import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Counts attempts under a key, in this process. */
export interface Throttle {
  /** Takes one attempt. 0 = it may go ahead; otherwise milliseconds until the next one may. */
  take(key: string): Promise<number>;
  /** Gives one attempt back. */
  giveBack(key: string): Promise<void>;
  /** All attempts are there again. */
  reset(key: string): Promise<void>;
}

/** At most `attempts` under one key within `seconds`, counted from the first. */
export function createThrottle(options: { attempts: number; seconds: number }): Throttle {
  const limiter = new RateLimiterMemory({ points: options.attempts, duration: options.seconds });
  return {
    take: async (key) => {
      try {
        await limiter.consume(key);
        return 0;
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return Math.max(1, refusal.msBeforeNext);
        throw refusal;
      }
    },
    giveBack: async (key) => void (await limiter.reward(key)),
    reset: async (key) => void (await limiter.delete(key)),
  };
}
