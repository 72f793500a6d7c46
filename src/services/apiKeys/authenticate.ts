import type { Actor, Context } from '../../context.ts';
import type { Role } from '../../db/enums.ts';
import { AppError } from '../../errors.ts';
import type { ApiKey } from '../../generated/prisma/client.ts';
import { sameBytes, sha256 } from '../../lib/crypto.ts';
import type { Secret } from '../../lib/secret.ts';
import { readApiKeySecret } from './secret.ts';
import { apiKeyState } from './state.ts';

const LAST_USE_PRECISION_MS = 60_000;

/** The id of the installation's first key, which has no row. */
export const BOOTSTRAP_KEY_ID = 'bootstrap';

export interface Authentication {
  /** The installation's first key, from the environment or the data folder; null = only stored keys count. */
  adminKey: Secret | null;
}

/**
 * Who sends this key. No key is ANONYMOUS; a wrong, expired or revoked one throws UNAUTHENTICATED, always with the
 * same words.
 */
export async function authenticate(
  ctx: Context,
  authentication: Authentication,
  key: Secret | null,
): Promise<Actor> {
  if (!key) return { kind: 'ANONYMOUS' };
  const { adminKey } = authentication;
  if (adminKey && sameBytes(sha256(key.reveal()), sha256(adminKey.reveal()))) {
    return { kind: 'API_KEY', id: BOOTSTRAP_KEY_ID, name: 'bootstrap', role: 'ADMIN', clientIds: [] };
  }
  return storedKey(ctx, key);
}

async function storedKey(ctx: Context, key: Secret): Promise<Actor> {
  const read = readApiKeySecret(key.reveal());
  const found =
    read && (await ctx.db.prisma.apiKey.findFirst({ where: { id: read.id }, include: { clients: true } }));
  const now = ctx.now();
  if (!found || !sameBytes(found.secretHash, read.hash) || apiKeyState(found, now) !== 'VALID') {
    throw new AppError('UNAUTHENTICATED', 'This API key is not valid: it is unknown, expired or revoked.');
  }
  await noteUse(ctx, found, now);
  return {
    kind: 'API_KEY',
    id: found.id,
    name: found.name,
    role: found.role as Role,
    clientIds: found.clients.map((client) => client.clientId),
  };
}

/** The last use to the minute: enough for people, and no write per request. */
async function noteUse(ctx: Context, key: ApiKey, now: Date): Promise<void> {
  if (key.lastUsedAt && now.getTime() - key.lastUsedAt.getTime() < LAST_USE_PRECISION_MS) return;
  await ctx.db.prisma.apiKey.updateMany({ where: { id: key.id }, data: { lastUsedAt: now } });
}
