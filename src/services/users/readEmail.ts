import type { Context } from '../../context.ts';
import { withStaffDatabase } from '../../context.ts';

/** The e-mail of who is signed in; only ever asked for by the user. */
export async function readEmail(ctx: Context, userId: string): Promise<string | null> {
  const { prisma } = withStaffDatabase(ctx).db;
  const user = await prisma.user.findFirst({ where: { id: userId }, select: { email: true } });
  return user?.email ?? null;
}
