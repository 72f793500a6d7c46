import { randomUUID } from 'node:crypto';
import type { Context } from '../../../context.ts';
import { inTransaction } from '../../../context.ts';
import { notFound } from '../../../errors.ts';
import type { Secret } from '../../../lib/secret.ts';
import { requireKept, sealToken } from '../seal.ts';
import { findConnected, lockClient, saveConnected } from './sql.ts';

export interface NewConnected {
  clientId: string;
  platform: string;
  token: Secret;
  scopes: readonly string[];
  expiresAt: Date | null;
}

/**
 * Stores what a browser brought as the client's credential of the platform: there is one, and it is renewed in place.
 * Throws NOT_FOUND when the client is gone.
 */
export async function storeConnected(ctx: Context, connected: NewConnected): Promise<{ clientName: string }> {
  const { clientId, platform, token, scopes, expiresAt } = connected;
  return inTransaction(ctx, async (sql) => {
    const client = await lockClient.maybe(sql, clientId);
    if (!client) throw notFound('client');
    const id = (await findConnected.maybe(sql, clientId, platform))?.id ?? randomUUID();
    const sealed = sealToken(ctx.secretKeys, token, { id, clientId, platform });
    const { ciphertext, keyId } = sealed;
    const shown = [token.lastFour(), scopes, expiresAt, ctx.now()] as const;
    await saveConnected.run(sql, id, clientId, platform, ciphertext, keyId, ...shown);
    requireKept(ctx.secretKeys, sealed);
    return { clientName: client.name };
  });
}
