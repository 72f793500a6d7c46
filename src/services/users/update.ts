import { z } from 'zod';
import type { Actor, Context } from '../../context.ts';
import type { Role } from '../../db/enums.ts';
import { ROLES } from '../../db/enums.ts';
import { badInput, notFound } from '../../errors.ts';
import type { User } from '../../generated/prisma/client.ts';
import { requireAdmin } from '../access.ts';
import { clientIds, grantedClients } from '../clients/granted.ts';
import { name, parseInput } from '../parse.ts';

const updateInput = z.object({
  name: name.nullish(),
  role: z.enum(ROLES).nullish(),
  clientIds: clientIds.nullish(),
  disabled: z.boolean().nullish(),
});

/** What somebody may see. */
export interface Reach {
  role: Role;
  clientIds: readonly string[];
}

/** Whether `after` lacks something that `before` had. */
export function isNarrower(before: Reach, after: Reach): boolean {
  if (after.role === 'ADMIN') return false;
  return before.role === 'ADMIN' || before.clientIds.some((id) => !after.clientIds.includes(id));
}

/**
 * Changes what is given and leaves the rest. Sessions of a user who is disabled, or who may see less than before, end at
 * once, and so do their subscriptions; an open invitation of a disabled user is void. Throws NOT_FOUND, BAD_USER_INPUT,
 * also for who would disable themself.
 */
export async function updateUser(
  ctx: Context,
  id: string,
  input: z.input<typeof updateInput>,
): Promise<User> {
  requireAdmin(ctx);
  const wanted = parseInput(updateInput, input);
  if (wanted.disabled && isSelf(ctx.actor, id)) throw badInput('You cannot disable yourself.');
  const user = await ctx.db.prisma.user.findFirst({ where: { id }, include: { memberships: true } });
  if (!user) throw notFound('user');
  const before = { role: user.role as Role, clientIds: user.memberships.map(({ clientId }) => clientId) };
  const role = wanted.role ?? before.role;
  const asked = wanted.clientIds ?? (role === 'ADMIN' ? [] : before.clientIds);
  const after = { role, clientIds: await grantedClients(ctx, role, asked) };
  const ends = wanted.disabled === true || isNarrower(before, after);
  const saved = await ctx.db.prisma.user.update({
    where: { id },
    data: {
      name: wanted.name ?? user.name,
      role,
      ...disabling(wanted.disabled ?? null, user, ctx.now()),
      memberships: { deleteMany: {}, create: after.clientIds.map((clientId) => ({ clientId })) },
      ...(ends ? { sessions: { deleteMany: {} } } : {}),
    },
  });
  if (ends) ctx.pubsub.publish('accessRevoked', { kind: 'USER', id });
  return saved;
}

function isSelf(actor: Actor, id: string): boolean {
  return actor.kind === 'USER' && actor.id === id;
}

/** Null leaves it as it is. */
function disabling(disabled: boolean | null, user: User, now: Date): Partial<User> {
  if (disabled === null) return {};
  if (!disabled) return { disabledAt: null };
  return { disabledAt: user.disabledAt ?? now, invitationHash: null, invitationExpiresAt: null };
}
