import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { ROLES } from '../../db/enums.ts';
import { badInput } from '../../errors.ts';
import type { ApiKey } from '../../generated/prisma/client.ts';
import type { Secret } from '../../lib/secret.ts';
import { requireAdmin } from '../access.ts';
import { clientIds, grantedClients } from '../clients/granted.ts';
import { name, parseInput } from '../parse.ts';
import { newApiKeySecret } from './secret.ts';

const createInput = z.object({
  name,
  role: z.enum(ROLES),
  clientIds: clientIds.nullish(),
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
  if (wanted.expiresAt && wanted.expiresAt <= ctx.now()) throw badInput('expiresAt must be in the future.');
  const granted = await grantedClients(ctx, wanted.role, wanted.clientIds ?? []);

  const id = randomUUID();
  const { secret, hash } = newApiKeySecret(id);
  const apiKey = await ctx.db.prisma.apiKey.create({
    data: {
      id,
      name: wanted.name,
      role: wanted.role,
      secretHash: new Uint8Array(hash),
      expiresAt: wanted.expiresAt ?? null,
      clients: { create: granted.map((clientId) => ({ clientId })) },
    },
  });
  return { apiKey, secret };
}
