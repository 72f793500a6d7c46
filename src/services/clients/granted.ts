import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { Role } from '../../db/enums.ts';
import { badInput, notFound } from '../../errors.ts';

/** What a VIEWER may see, as it is asked for. */
export const clientIds = z.array(z.uuid()).max(1000);

/**
 * The clients that a key or user of this role is given, each once: a VIEWER needs at least one, an ADMIN sees all and
 * takes none. Throws BAD_USER_INPUT, NOT_FOUND.
 */
export async function grantedClients(ctx: Context, role: Role, asked: readonly string[]): Promise<string[]> {
  const ids = [...new Set(asked)];
  if (role === 'VIEWER' && ids.length === 0) throw badInput('clientIds: a VIEWER needs at least one client.');
  if (role === 'ADMIN' && ids.length > 0) throw badInput('clientIds: an ADMIN sees every client, give none.');
  const known = await ctx.db.prisma.client.count({ where: { id: { in: ids } } });
  if (known !== ids.length) throw notFound('client');
  return ids;
}
