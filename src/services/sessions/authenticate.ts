import type { Actor, Context } from '../../context.ts';
import { withStaffDatabase } from '../../context.ts';
import type { Role } from '../../db/enums.ts';
import { sha256 } from '../../lib/crypto.ts';
import type { Secret } from '../../lib/secret.ts';
import { sessionEnd } from './lifetime.ts';
import { findSession } from './sql.ts';

const LAST_USE_PRECISION_MS = 60_000;

export interface Authenticated {
  actor: Actor;
  /** When the session ends, if this use moved that; null = the browser knows it already. */
  renewedUntil: Date | null;
}

/**
 * Who holds this session. One that is unknown, ended or of a disabled user is ANONYMOUS, not an error: the browser
 * cannot drop the cookie by itself, and must be able to sign in anew. The row is read each time, so what an admin takes
 * away is gone with the next request.
 */
export async function authenticateSession(ctx: Context, token: Secret): Promise<Authenticated> {
  const { db } = withStaffDatabase(ctx);
  const now = ctx.now();
  const session = await findSession.maybe(db.pool, sha256(token.reveal()), now);
  if (!session) return { actor: { kind: 'ANONYMOUS' }, renewedUntil: null };
  const { id: sessionId, userId, name, role, clientIds } = session;
  const actor: Actor = { kind: 'USER', id: userId, sessionId, name, role: role as Role, clientIds };
  const isFresh = now.getTime() - session.lastUsedAt.getTime() < LAST_USE_PRECISION_MS;
  if (isFresh) return { actor, renewedUntil: null };
  const expiresAt = sessionEnd(session.createdAt, now);
  await db.prisma.session.updateMany({ where: { id: sessionId }, data: { lastUsedAt: now, expiresAt } });
  return { actor, renewedUntil: expiresAt };
}
