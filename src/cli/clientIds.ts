import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';

/** The ids of clients that are named by slug. Throws NOT_FOUND that names those which are not there. */
export async function clientIdsOf(ctx: Context, slugs: readonly string[]): Promise<string[]> {
  const found = await ctx.db.prisma.client.findMany({ where: { slug: { in: [...slugs] } } });
  const missing = slugs.filter((slug) => !found.some((client) => client.slug === slug));
  if (missing.length > 0) throw new AppError('NOT_FOUND', `No such client: ${missing.join(', ')}.`);
  return found.map((client) => client.id);
}
