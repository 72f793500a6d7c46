import type { Context } from '../../context.ts';
import type { Secret } from '../../lib/secret.ts';
import { createApiKey } from './create.ts';

/** Makes the first admin key of an installation that has none; null when there is one already. */
export async function firstAdminKey(ctx: Context): Promise<Secret | null> {
  const admins = await ctx.db.prisma.apiKey.count({ where: { role: 'ADMIN' } });
  if (admins > 0) return null;
  const { secret } = await createApiKey(ctx, { name: 'first admin', role: 'ADMIN' });
  return secret;
}
