import type { Clock } from '../../lib/clock.ts';
import { nameCallee } from '../../lib/calls.ts';
import { systemClock } from '../../lib/clock.ts';
import type { RetryPolicy } from '../../lib/retry.ts';
import type { Secret } from '../../lib/secret.ts';
import type { AdPlatform } from './contract.ts';
import { createGoogle } from './google/index.ts';
import { createGoogleOAuth } from './google/oauth.ts';
import { DEFAULT_GOOGLE_VERSION } from './google/versions.ts';
import { createMeta } from './meta/index.ts';
import { createMetaOAuth } from './meta/oauth.ts';
import { DEFAULT_META_VERSION } from './meta/versions.ts';
import type { OAuthPlatform } from './oauth.ts';

/** The registry: a platform is a folder, its key here and its line in `createPlatforms`. */
export const PLATFORM_KEYS = ['META', 'GOOGLE'] as const;
export type PlatformKey = (typeof PLATFORM_KEYS)[number];

export interface PlatformConfig {
  /** Without a version: the one this release was made for. */
  meta: {
    graphUrl: string;
    apiVersion?: string | undefined;
    appId?: string | undefined;
    appSecret?: Secret | undefined;
  };
  /** Without an address: Google's own. Without the other settings it is there, but every call fails. */
  google: {
    adsUrl?: string | undefined;
    apiVersion?: string | undefined;
    oauthUrl?: string | undefined;
    clientId?: string | undefined;
    clientSecret?: Secret | undefined;
    developerToken?: Secret | undefined;
  };
}

/** What connectors take from the process; tests pass their own. */
export interface PlatformDoors {
  now?: Clock;
  retries?: RetryPolicy;
}

const GOOGLE_ADS_URL = 'https://googleads.googleapis.com';
const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com';

/** The ad networks this process can talk to, by key. */
export function createPlatforms(
  config: PlatformConfig,
  doors: PlatformDoors = {},
): ReadonlyMap<string, AdPlatform> {
  const world = { now: systemClock, ...doors };
  nameCallees(config);
  const platforms: Record<PlatformKey, AdPlatform> = {
    META: createMeta({
      ...config.meta,
      apiVersion: config.meta.apiVersion ?? DEFAULT_META_VERSION,
      ...world,
    }),
    GOOGLE: createGoogle({
      ...config.google,
      adsUrl: config.google.adsUrl ?? GOOGLE_ADS_URL,
      apiVersion: config.google.apiVersion ?? DEFAULT_GOOGLE_VERSION,
      ...world,
    }),
  };
  return new Map(Object.entries(platforms));
}

/** Whose address is whose, for counting calls. */
function nameCallees({ meta, google }: PlatformConfig): void {
  const addresses: Record<PlatformKey, string[]> = {
    META: [meta.graphUrl],
    GOOGLE: [google.adsUrl ?? GOOGLE_ADS_URL, google.oauthUrl ?? GOOGLE_TOKEN_URL],
  };
  for (const [platform, urls] of Object.entries(addresses)) for (const url of urls) nameCallee(url, platform);
}

/** The registry of what can be connected in a browser: a vendor's `oauth.ts`, its key here and its line below. */
export const OAUTH_PLATFORM_KEYS = ['META', 'GOOGLE'] as const;
export type OAuthPlatformKey = (typeof OAUTH_PLATFORM_KEYS)[number];

export interface OAuthConfig {
  meta: PlatformConfig['meta'] & { dialogUrl: string };
  google: PlatformConfig['google'];
}

/** The platforms that can be connected in a browser, by key; without their settings they are there but closed. */
export function createOAuthPlatforms(
  { meta, google }: OAuthConfig,
  doors: PlatformDoors = {},
): ReadonlyMap<string, OAuthPlatform> {
  const world = { now: systemClock, ...doors };
  const apiVersion = meta.apiVersion ?? DEFAULT_META_VERSION;
  const platforms: Record<OAuthPlatformKey, Omit<OAuthPlatform, 'key'>> = {
    META: {
      label: 'Facebook',
      needs: ['META_APP_ID', 'META_APP_SECRET'],
      provider:
        meta.appId !== undefined && meta.appSecret !== undefined
          ? createMetaOAuth({
              ...meta,
              ...world,
              apiVersion,
              app: { id: meta.appId, secret: meta.appSecret },
            })
          : null,
    },
    GOOGLE: {
      label: 'Google',
      needs: ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'],
      provider:
        google.clientId !== undefined && google.clientSecret !== undefined
          ? createGoogleOAuth({
              ...world,
              oauthUrl: google.oauthUrl,
              clientId: google.clientId,
              clientSecret: google.clientSecret,
            })
          : null,
    },
  };
  return new Map(Object.entries(platforms).map(([key, platform]) => [key, { key, ...platform }]));
}
