import { z } from 'zod';
import type { Context } from '../../../context.ts';
import { notFound } from '../../../errors.ts';
import { requireAdmin } from '../../access.ts';
import { parseInput } from '../../parse.ts';
import { callbackUrl, openPlatform } from './platform.ts';
import { makeState } from './state.ts';

const startInput = z.object({ clientId: z.guid(), platform: z.string() });

/**
 * Begins to connect a client's account holder in a browser. The address is good once, for ten minutes, in any browser:
 * it may be sent to the person who has the account. Throws NOT_FOUND and BAD_USER_INPUT.
 */
export async function startOAuth(ctx: Context, input: z.input<typeof startInput>): Promise<{ url: string }> {
  requireAdmin(ctx);
  const { clientId, platform: key } = parseInput(startInput, input);
  const { provider } = openPlatform(ctx, key);
  const client = await ctx.db.prisma.client.findFirst({ where: { id: clientId }, select: { id: true } });
  if (!client) throw notFound('client');
  const redirectUri = callbackUrl(ctx, key);
  const made = await makeState(ctx, { platform: key, clientId, challenged: provider.usesChallenge });
  return { url: provider.authorizationUrl({ ...made, redirectUri }) };
}
