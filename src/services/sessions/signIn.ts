import type { Actor, Context } from '../../context.ts';
import { withStaffDatabase } from '../../context.ts';
import type { Role } from '../../db/enums.ts';
import type { User } from '../../generated/prisma/client.ts';
import { randomToken, sha256 } from '../../lib/crypto.ts';
import { Secret } from '../../lib/secret.ts';
import { RefusalOf } from '../audit/subject.ts';
import { normalEmail } from '../users/email.ts';
import { isPassword } from '../users/password.ts';
import { sessionEnd } from './lifetime.ts';
import { signOut } from './signOut.ts';
import type { SignInThrottle } from './throttle.ts';

const TOKEN_BYTES = 32;

export interface SignedIn {
  actor: Extract<Actor, { kind: 'USER' }>;
  /** For the cookie; only its hash is stored. */
  token: Secret;
  expiresAt: Date;
}

/**
 * Begins a session, in place of the one the browser may have. Who is unknown, disabled or still invited is told the same, after the same time, as who gives a
 * wrong password. Throws UNAUTHENTICATED, RATE_LIMITED with the time to wait.
 */
export async function signIn(
  ctx: Context,
  throttle: SignInThrottle,
  input: { email: string; password: Secret },
): Promise<SignedIn> {
  const attempt = { address: ctx.origin, email: input.email };
  await throttle.admit(attempt);
  const system = withStaffDatabase(ctx);
  const email = normalEmail(input.email);
  const user = await system.db.prisma.user.findFirst({ where: { email: email ?? '' } });
  const mayEnter = user !== null && user.disabledAt === null;
  if (!(await isPassword(mayEnter ? user.passwordHash : null, input.password)) || !mayEnter) {
    throw new RefusalOf(user && `User:${user.id}`, 'UNAUTHENTICATED', 'The e-mail or the password is wrong.');
  }
  await throttle.succeeded(attempt);
  if (ctx.actor.kind === 'USER') await signOut(ctx);
  return beginSession(system, user);
}

async function beginSession(ctx: Context, user: User): Promise<SignedIn> {
  const now = ctx.now();
  const token = randomToken(TOKEN_BYTES);
  const expiresAt = sessionEnd(now, now);
  const { prisma } = ctx.db;
  await prisma.session.deleteMany({ where: { userId: user.id, expiresAt: { lte: now } } });
  const session = await prisma.session.create({
    data: {
      userId: user.id,
      tokenHash: new Uint8Array(sha256(token)),
      createdAt: now,
      lastUsedAt: now,
      expiresAt,
    },
  });
  const memberships = await prisma.membership.findMany({ where: { userId: user.id } });
  const actor = {
    kind: 'USER' as const,
    id: user.id,
    sessionId: session.id,
    name: user.name,
    role: user.role as Role,
    clientIds: memberships.map(({ clientId }) => clientId),
  };
  return { actor, token: new Secret(token), expiresAt };
}
