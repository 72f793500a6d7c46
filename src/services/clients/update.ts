import { z } from 'zod';
import type { Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import { notFound } from '../../errors.ts';
import type { Client } from '../../generated/prisma/client.ts';
import { requireAdmin } from '../access.ts';
import { byPlatform, goalList, setGoals } from '../goals/set.ts';
import { startRecompute } from '../goals/trigger.ts';
import { currency, name, parseInput, timezone } from '../parse.ts';
import { email } from '../users/email.ts';
import { holdClient, saveClient } from './sql.ts';

const MOST_RECIPIENTS = 50;

const updateInput = z.object({
  name: name.nullish(),
  timezone: timezone.nullish(),
  currency: currency.nullish(),
  active: z.boolean().nullish(),
  goals: goalList.nullish(),
  recipients: z
    .array(email)
    .max(MOST_RECIPIENTS, `must be at most ${String(MOST_RECIPIENTS)}`)
    .nullish(),
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
    const { name: newName = null, timezone: zone = null, currency: money = null, active = null } = wanted;
    const recipients = wanted.recipients ? [...new Set(wanted.recipients)] : null;
    await saveClient.run(sql, id, newName, zone, money, active, ctx.now(), recipients);
    const changed = await setGoals(ctx, sql, { clientId: id, goals });
    if (changed.length > 0) await startRecompute(ctx, sql, { clientId: id, platforms: changed });
  });
  return ctx.db.prisma.client.findUniqueOrThrow({ where: { id } });
}
