import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { ROLES } from '../../db/enums.ts';
import { badInput, notFound } from '../../errors.ts';
import type { ApiKey } from '../../generated/prisma/client.ts';
import type { Secret } from '../../lib/secret.ts';
import { requireAdmin } from '../access.ts';
import { name, parseInput } from '../parse.ts';
import { newApiKeySecret } from './secret.ts';

const createInput = z.object({
  name,
  role: z.enum(ROLES),
  clientIds: z.array(z.uuid()).max(1000).nullish(),
  expiresAt: z.date().nullish(),
});

/**
 * Creates an API key and gives its secret, the only time it is there to be seen.
 * A VIEWER needs the clients it may see; an ADMIN sees all and takes none. Throws BAD_USER_INPUT, NOT_FOUND.
 */
export async function createApiKey(
  ctx: Context,
  input: z.input<typeof createInput>,
): Promise<{ apiKey: ApiKey; secret: Secret }> {
  requireAdmin(ctx);
  const wanted = parseInput(createInput, input);
  const clientIds = [...new Set(wanted.clientIds ?? [])];
  if (wanted.role === 'VIEWER' && clientIds.length === 0)
    throw badInput('clientIds: a VIEWER needs at least one client.');
  if (wanted.role === 'ADMIN' && clientIds.length > 0)
    throw badInput('clientIds: an ADMIN sees every client, give none.');
  if (wanted.expiresAt && wanted.expiresAt <= ctx.now()) throw badInput('expiresAt must be in the future.');
  const known = await ctx.db.prisma.client.count({ where: { id: { in: clientIds } } });
  if (known !== clientIds.length) throw notFound('client');

  const id = randomUUID();
  const { secret, hash } = newApiKeySecret(id);
  const apiKey = await ctx.db.prisma.apiKey.create({
    data: {
      id,
      name: wanted.name,
      role: wanted.role,
      secretHash: new Uint8Array(hash),
      expiresAt: wanted.expiresAt ?? null,
      clients: { create: clientIds.map((clientId) => ({ clientId })) },
    },
  });
  return { apiKey, secret };
}
