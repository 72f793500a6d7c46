import type { Context } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { requireAdmin } from '../access.ts';

/** Revokes a key for good, and with it its subscriptions; doing it again changes nothing. Throws NOT_FOUND. */
export async function revokeApiKey(ctx: Context, id: string): Promise<string> {
  requireAdmin(ctx);
  const { count } = await ctx.db.prisma.apiKey.updateMany({
    where: { id, revokedAt: null },
    data: { revokedAt: ctx.now() },
  });
  if (count > 0) ctx.pubsub.publish('accessRevoked', { kind: 'API_KEY', id });
  else if (!(await ctx.db.prisma.apiKey.findFirst({ where: { id } }))) throw notFound('API key');
  return id;
}
