import type { Context } from '../../context.ts';
import type { Credential } from '../../generated/prisma/client.ts';

/** `Facebook`; the key for a platform that this server does not know. */
export function labelOf(ctx: Context, platform: string): string {
  return ctx.oauthPlatforms.get(platform)?.label ?? ctx.platforms.get(platform)?.label ?? platform;
}

/** What helps when it is not valid any more. */
export function remedyOf(ctx: Context, { kind, platform }: Pick<Credential, 'kind' | 'platform'>): string {
  return kind === 'OAUTH'
    ? `connect ${labelOf(ctx, platform)} again`
    : 'connect its account again with a new token';
}
