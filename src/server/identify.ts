import type { Actor, Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { Secret } from '../lib/secret.ts';
import type { Authentication } from '../services/apiKeys/authenticate.ts';
import { authenticate } from '../services/apiKeys/authenticate.ts';

const BEARER = /^Bearer +(\S+)$/i;

/** What a caller may prove itself with. */
export interface Proof {
  /** `Bearer trb_…` */
  authorization: string | null;
}

/** Who is calling, the same on every transport. Throws UNAUTHENTICATED. */
export function identify(ctx: Context, authentication: Authentication, proof: Proof): Promise<Actor> {
  const text = proof.authorization?.trim();
  if (!text) return authenticate(ctx, authentication, null);
  const [, key] = BEARER.exec(text) ?? [];
  if (!key) throw new AppError('UNAUTHENTICATED', 'The Authorization header must be "Bearer trb_…".');
  return authenticate(ctx, authentication, new Secret(key));
}
