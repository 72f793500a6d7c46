import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import type { RetryPolicy } from '../../lib/retry.ts';
import type { Secret } from '../../lib/secret.ts';
import type { AdPlatform } from './contract.ts';
import { createMeta } from './meta/index.ts';
import { DEFAULT_META_VERSION } from './meta/versions.ts';

/** The registry: a platform is a folder, its key here and its line in `createPlatforms`. */
export const PLATFORM_KEYS = ['META'] as const;
export type PlatformKey = (typeof PLATFORM_KEYS)[number];

export interface PlatformConfig {
  /** Without a version: the one this release was made for. */
  meta: {
    graphUrl: string;
    apiVersion?: string | undefined;
    appId?: string | undefined;
    appSecret?: Secret | undefined;
  };
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
    META: createMeta({
      ...config.meta,
      apiVersion: config.meta.apiVersion ?? DEFAULT_META_VERSION,
      ...world,
    }),
  };
  return new Map(Object.entries(platforms));
}
