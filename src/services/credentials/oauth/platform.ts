import type { OAuthPlatform, OAuthProvider } from '../../../connectors/ads/oauth.ts';
import type { Context } from '../../../context.ts';
import { badInput } from '../../../errors.ts';

/** A platform that this server is set up to connect. Throws BAD_USER_INPUT that says what is missing. */
export function openPlatform(ctx: Context, key: string): OAuthPlatform & { provider: OAuthProvider } {
  const platform = ctx.oauthPlatforms.get(key);
  if (!platform) throw badInput(`platform must be one of ${[...ctx.oauthPlatforms.keys()].join(', ')}.`);
  const { provider, label, needs } = platform;
  if (provider) return { ...platform, provider };
  throw badInput(`This server is not set up to connect ${label}: set ${needs.join(' and ')}.`);
}

/** Where the platform sends the browser back to: to be entered, letter for letter, in the settings of its app. */
export function callbackUrl(ctx: Context, key: string): string {
  return `${ctx.publicUrl()}/oauth/${key.toLowerCase()}/callback`;
}
