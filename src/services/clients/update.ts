import { z } from 'zod';
import type { Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import { notFound } from '../../errors.ts';
import type { Client } from '../../generated/prisma/client.ts';
import { requireAdmin } from '../access.ts';
import { byPlatform, goalList, setGoals } from '../goals/set.ts';
import { startRecompute } from '../goals/trigger.ts';
import { currency, name, parseInput, timezone } from '../parse.ts';
import { holdClient, saveClient } from './sql.ts';

const updateInput = z.object({
  name: name.nullish(),
  timezone: timezone.nullish(),
  currency: currency.nullish(),
  active: z.boolean().nullish(),
  goals: goalList.nullish(),
});

/**
 * Changes what is given and leaves the rest. Goals replace those of the platforms among them, in their order; other
 * platforms keep theirs. When that changes what counts, a run that computes the history anew starts in the same
 * transaction: both are there or neither. Throws FORBIDDEN, NOT_FOUND, BAD_USER_INPUT.
 */
export async function updateClient(
  ctx: Context,
  id: string,
  input: z.input<typeof updateInput>,
): Promise<Client> {
  requireAdmin(ctx);
  const wanted = parseInput(updateInput, input);
  const goals = byPlatform(ctx, wanted.goals ?? []);
  await inTransaction(ctx, async (sql) => {
    if (!(await holdClient.maybe(sql, id))) throw notFound('client');
    const { name: newName, timezone: zone, currency: money, active } = wanted;
    await saveClient.run(sql, id, newName ?? null, zone ?? null, money ?? null, active ?? null, ctx.now());
    const changed = await setGoals(ctx, sql, { clientId: id, goals });
    if (changed.length > 0) await startRecompute(ctx, sql, { clientId: id, platforms: changed });
  });
  return ctx.db.prisma.client.findUniqueOrThrow({ where: { id } });
}
