import type { Context } from '../../context.ts';
import { withStaffDatabase } from '../../context.ts';
import { AppError } from '../../errors.ts';
import type { User } from '../../generated/prisma/client.ts';
import type { Secret } from '../../lib/secret.ts';
import { checkPassword, hashPassword } from './password.ts';
import { hashInvitation } from './invitation.ts';

/**
 * Sets the password of who was invited; anybody with the token may, once. Sessions from before end: whoever forgot a
 * password may have lost it to somebody. Throws NOT_FOUND for a token that is unknown, used or expired, always with the
 * same words, and BAD_USER_INPUT for a password that breaks the rules (the invitation then stays open).
 */
export async function acceptInvitation(
  ctx: Context,
  input: { token: Secret; password: Secret },
): Promise<User> {
  const { prisma } = withStaffDatabase(ctx).db;
  const open = {
    invitationHash: hashInvitation(input.token.reveal()),
    invitationExpiresAt: { gt: ctx.now() },
    disabledAt: null,
  };
  const user = await prisma.user.findFirst({ where: open });
  if (!user) throw notValid();
  checkPassword(input.password, user.email);
  const passwordHash = await hashPassword(input.password);
  // Checked again: of two at once only one finds it open.
  const { count } = await prisma.user.updateMany({
    where: { ...open, id: user.id },
    data: { passwordHash, invitationHash: null, invitationExpiresAt: null },
  });
  if (count === 0) throw notValid();
  await prisma.session.deleteMany({ where: { userId: user.id } });
  ctx.pubsub.publish('accessRevoked', { kind: 'USER', id: user.id });
  return user;
}

function notValid(): AppError {
  return new AppError(
    'NOT_FOUND',
    'This invitation is not valid: it is unknown, used or expired. Ask for a new one.',
  );
}
