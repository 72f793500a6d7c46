import { z } from 'zod';
import type { Context } from '../../context.ts';
import { ROLES } from '../../db/enums.ts';
import { AppError, notFound } from '../../errors.ts';
import type { User } from '../../generated/prisma/client.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Secret } from '../../lib/secret.ts';
import { requireAdmin } from '../access.ts';
import { clientIds, grantedClients } from '../clients/granted.ts';
import { name, parseInput } from '../parse.ts';
import { email } from './email.ts';
import { newInvitation } from './invitation.ts';

const inviteInput = z.object({ email, name, role: z.enum(ROLES), clientIds: clientIds.nullish() });

/** A user, and what proves the invitation: shown this once, for the admin to hand over. */
export interface Invited {
  user: User;
  token: Secret;
}

/**
 * Creates a user who signs in once the invitation is accepted, within seven days. A VIEWER needs the clients it may see.
 * Throws BAD_USER_INPUT, NOT_FOUND for a client, CONFLICT when somebody has the e-mail already.
 */
export async function inviteUser(ctx: Context, input: z.input<typeof inviteInput>): Promise<Invited> {
  requireAdmin(ctx);
  const wanted = parseInput(inviteInput, input);
  const granted = await grantedClients(ctx, wanted.role, wanted.clientIds ?? []);
  const { token, columns } = newInvitation(ctx.now());
  try {
    const user = await ctx.db.prisma.user.create({
      data: {
        email: wanted.email,
        name: wanted.name,
        role: wanted.role,
        ...columns,
        memberships: { create: granted.map((clientId) => ({ clientId })) },
      },
    });
    return { user, token };
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') {
      throw new AppError(
        'CONFLICT',
        'A user with this e-mail exists already: change it, or invite it again.',
      );
    }
    throw error;
  }
}

/**
 * A new invitation for a user whose old one was lost or ran out, or who forgot the password. The old one is void; a
 * password stays good until the new one is accepted. Throws NOT_FOUND, CONFLICT for a disabled user.
 */
export async function reinviteUser(ctx: Context, id: string): Promise<Invited> {
  requireAdmin(ctx);
  const { token, columns } = newInvitation(ctx.now());
  const { count } = await ctx.db.prisma.user.updateMany({ where: { id, disabledAt: null }, data: columns });
  const user = await ctx.db.prisma.user.findFirst({ where: { id } });
  if (!user) throw notFound('user');
  if (count === 0) throw new AppError('CONFLICT', 'This user is disabled: enable it first.');
  return { user, token };
}
