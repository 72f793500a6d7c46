import type { Actor, Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { Secret } from '../lib/secret.ts';
import type { Reply } from '../schema/builder.ts';
import type { Authentication } from '../services/apiKeys/authenticate.ts';
import { authenticate } from '../services/apiKeys/authenticate.ts';
import { authenticateSession } from '../services/sessions/authenticate.ts';
import { CSRF_HEADER, isSecure, sessionCookie, sessionTokenOf } from '../services/sessions/cookie.ts';
import { secondsUntil } from '../services/sessions/lifetime.ts';

const BEARER = /^Bearer +(\S+)$/i;

/** What a caller may prove itself with. */
export interface Proof {
  /** `Bearer trb_…`; it wins over the cookie. */
  authorization: string | null;
  /** The `Cookie` header. */
  cookie: string | null;
  /**
   * Whether the request shows that a page of ours made it, which a cookie alone does not: over HTTP by the header
   * `x-tributary-csrf`, over WebSocket by an `Origin` that was checked.
   */
  fromOwnPage: boolean;
  /** Where a session's new end is told to the browser; null over WebSocket. */
  reply: Reply | null;
}

/** Who is calling, the same on every transport. Throws UNAUTHENTICATED. */
export function identify(ctx: Context, authentication: Authentication, proof: Proof): Promise<Actor> {
  const text = proof.authorization?.trim();
  if (!text) return holder(ctx, proof);
  const [, key] = BEARER.exec(text) ?? [];
  if (!key) throw new AppError('UNAUTHENTICATED', 'The Authorization header must be "Bearer trb_…".');
  return authenticate(ctx, authentication, new Secret(key));
}

/** Whose session the cookie is. */
async function holder(ctx: Context, proof: Proof): Promise<Actor> {
  const token = sessionTokenOf(proof.cookie);
  if (!token) return { kind: 'ANONYMOUS' };
  if (!proof.fromOwnPage) {
    throw new AppError(
      'UNAUTHENTICATED',
      `A session needs the header "${CSRF_HEADER}: 1" beside its cookie.`,
    );
  }
  const { actor, renewedUntil } = await authenticateSession(ctx, token);
  if (renewedUntil) {
    const maxAgeSeconds = secondsUntil(renewedUntil, ctx.now());
    proof.reply?.setCookie(sessionCookie(token, { maxAgeSeconds, secure: isSecure(ctx) }));
  }
  return actor;
}
