import { z } from 'zod';
import { inTransaction } from '../../context.ts';
import type { Context } from '../../context.ts';
import { AppError, notFound } from '../../errors.ts';
import { requireAdmin, actorLabel } from '../access.ts';
import { parseInput } from '../parse.ts';
import { insertRevision, markLater, reopenFinal } from './sql.ts';

const input = z.object({
  id: z.guid(),
  reason: z.string().trim().min(1, 'must say why').max(1_000, 'must have at most 1,000 characters'),
});

/**
 * Opens a FINAL month again: the next settle or close captures it anew. What it said is kept as a revision, and the
 * FINAL months after it are marked. Throws FORBIDDEN, NOT_FOUND, BAD_USER_INPUT, and CONFLICT for one that is not FINAL.
 */
export async function reopenMonth(ctx: Context, asked: z.input<typeof input>): Promise<{ id: string }> {
  requireAdmin(ctx);
  const { id, reason } = parseInput(input, asked);
  return inTransaction(ctx, async (sql) => {
    const at = ctx.now();
    const month = await reopenFinal.maybe(sql, id, at, reason);
    if (!month) throw await refusal(ctx, id);
    await insertRevision.run(sql, month.client_id, id, at, reason, null, actorLabel(ctx.actor));
    await markLater.run(sql, month.client_id, month.platform, month.month, at);
    return { id };
  });
}

async function refusal(ctx: Context, id: string): Promise<AppError> {
  const month = await ctx.db.prisma.month.findFirst({ where: { id } });
  if (!month) return notFound('month');
  return new AppError('CONFLICT', `${month.month} is ${month.state}: only a FINAL month can be reopened.`);
}
