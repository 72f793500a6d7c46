import { parse, serialize } from 'hono/utils/cookie';
import type { Context } from '../../context.ts';
import { Secret } from '../../lib/secret.ts';

export const SESSION_COOKIE = 'tributary_session';
/** A page of another site cannot send it without asking first, and is refused then. */
export const CSRF_HEADER = 'x-tributary-csrf';

/** Whether browsers come over https, so that cookies must not travel without it. */
export function isSecure(ctx: Context): boolean {
  return ctx.publicUrl().startsWith('https:');
}

/** The session's token in a `Cookie` header; null = there is none. */
export function sessionTokenOf(cookies: string | null): Secret | null {
  const token = cookies === null ? undefined : parse(cookies, SESSION_COOKIE)[SESSION_COOKIE];
  return token ? new Secret(token) : null;
}

/** The `Set-Cookie` that keeps a session; no script can read it and no other site's page makes a browser send it. */
export function sessionCookie(token: Secret, options: { maxAgeSeconds: number; secure: boolean }): string {
  return serialize(SESSION_COOKIE, token.reveal(), {
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
    maxAge: options.maxAgeSeconds,
    secure: options.secure,
  });
}

/** The `Set-Cookie` that makes the browser forget it. */
export function endedSessionCookie(options: { secure: boolean }): string {
  return sessionCookie(new Secret(''), { maxAgeSeconds: 0, secure: options.secure });
}
