import type { Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import type { Secret } from '../../lib/secret.ts';
import { createApiKey } from './create.ts';
import { lockFirst } from './sql.ts';

/**
 * Makes the first admin key of an installation that has none; null when there is one already. Of several processes that
 * start at once one makes it: the key is committed before the lock is given up.
 */
export function firstAdminKey(ctx: Context): Promise<Secret | null> {
  return inTransaction(ctx, async (sql) => {
    await lockFirst.run(sql);
    const admins = await ctx.db.prisma.apiKey.count({ where: { role: 'ADMIN' } });
    if (admins > 0) return null;
    const { secret } = await createApiKey(ctx, { name: 'first admin', role: 'ADMIN' });
    return secret;
  });
}
