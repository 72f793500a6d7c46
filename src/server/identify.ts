import type { Actor, Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { Secret } from '../lib/secret.ts';
import type { Authentication } from '../services/apiKeys/authenticate.ts';
import { authenticate } from '../services/apiKeys/authenticate.ts';

const BEARER = /^Bearer +(\S+)$/i;

/** The actor of an `Authorization: Bearer trb_…` value, the same on every transport. Throws UNAUTHENTICATED. */
export function identify(
  ctx: Context,
  authentication: Authentication,
  header: string | null,
): Promise<Actor> {
  const text = header?.trim();
  if (!text) return authenticate(ctx, authentication, null);
  const [, key] = BEARER.exec(text) ?? [];
  if (!key) throw new AppError('UNAUTHENTICATED', 'The Authorization header must be "Bearer trb_…".');
  return authenticate(ctx, authentication, new Secret(key));
}
