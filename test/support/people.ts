import { randomBytes, scryptSync } from 'node:crypto';
import type { Context } from '../../src/context.ts';
import type { Role } from '../../src/db/enums.ts';
import { inviteUser } from '../../src/services/users/invite.ts';

export interface Person {
  id: string;
  email: string;
  password: string;
}

let made = 0;

/** Somebody who has a password and can sign in. */
export async function createPerson(
  ctx: Context,
  given: { role?: Role; clientIds?: string[]; name?: string } = {},
): Promise<Person> {
  const { role = 'ADMIN', clientIds = [] } = given;
  made += 1;
  const name = given.name ?? `Person ${made}`;
  const email = `person-${made}@example.com`;
  const password = `a long password ${made}`;
  const { user } = await inviteUser(ctx, { email, name, role, clientIds });
  await ctx.db.prisma.user.update({
    where: { id: user.id },
    data: { passwordHash: cheapHash(password), invitationHash: null, invitationExpiresAt: null },
  });
  return { id: user.id, email, password };
}

/** A hash says what it cost to make, so a test's may cost nothing: real ones take a quarter of a second. */
function cheapHash(password: string): string {
  const salt = randomBytes(16);
  const hash = scryptSync(password, salt, 32, { N: 16, r: 8, p: 1 });
  return `scrypt$16$8$1$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}
