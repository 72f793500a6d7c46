import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import type { RetryPolicy } from '../../lib/retry.ts';
import type { Secret } from '../../lib/secret.ts';
import type { AdPlatform } from './contract.ts';
import { createMeta } from './meta/index.ts';

/** The registry: a platform is a folder, its key here and its line in `createPlatforms`. */
export const PLATFORM_KEYS = ['META'] as const;
export type PlatformKey = (typeof PLATFORM_KEYS)[number];

export interface PlatformConfig {
  meta: { graphUrl: string; apiVersion: string; appId?: string | undefined; appSecret?: Secret | undefined };
}

/** What connectors take from the process; tests pass their own. */
export interface PlatformDoors {
  now?: Clock;
  retries?: RetryPolicy;
}

/** The ad networks this process can talk to, by key. */
export function createPlatforms(
  config: PlatformConfig,
  doors: PlatformDoors = {},
): ReadonlyMap<string, AdPlatform> {
  const world = { now: systemClock, ...doors };
  const platforms: Record<PlatformKey, AdPlatform> = {
    META: createMeta({ ...config.meta, ...world }),
  };
  return new Map(Object.entries(platforms));
}
