import type { Context } from '../../context.ts';
import { notFound } from '../../errors.ts';
import type { Credential } from '../../generated/prisma/client.ts';
import { requireAdmin } from '../access.ts';

/** A credential without its token, not even encrypted. */
export type ShownCredential = Omit<Credential, 'ciphertext' | 'keyId'>;

/** The credentials of a client, the oldest first. Throws NOT_FOUND. */
export async function listCredentials(ctx: Context, clientId: string): Promise<ShownCredential[]> {
  requireAdmin(ctx);
  const { prisma } = ctx.db;
  const client = await prisma.client.findFirst({ where: { id: clientId }, select: { id: true } });
  if (!client) throw notFound('client');
  return prisma.credential.findMany({
    where: { clientId },
    omit: { ciphertext: true, keyId: true },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
}
