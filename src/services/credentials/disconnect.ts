import type { Context } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { requireAdmin } from '../access.ts';

/**
 * Deletes a credential with its ciphertext. Its accounts stay, with all their figures; until they are connected again
 * they use what else there is for them (see `tokenOf`) or fail with REAUTHORIZE. Throws NOT_FOUND.
 */
export async function disconnectCredential(ctx: Context, id: string): Promise<string> {
  requireAdmin(ctx);
  const { count } = await ctx.db.prisma.credential.deleteMany({ where: { id } });
  if (count === 0) throw notFound('credential');
  return id;
}
