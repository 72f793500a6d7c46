import type { Context } from '../../context.ts';
import { withStaffDatabase } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { requireSignedIn } from '../access.ts';

/** Ends the session that asks, and no other. Throws FORBIDDEN for a key: keys are revoked. */
export async function signOut(ctx: Context): Promise<void> {
  requireSignedIn(ctx);
  const { actor } = ctx;
  if (actor.kind !== 'USER')
    throw new AppError('FORBIDDEN', 'Only who signed in can sign out: keys are revoked.');
  await withStaffDatabase(ctx).db.prisma.session.deleteMany({ where: { id: actor.sessionId } });
  ctx.pubsub.publish('accessRevoked', { kind: 'SESSION', id: actor.sessionId });
}
