import type { Actor } from '../context.ts';
import { badInput } from '../errors.ts';
import { Secret } from '../lib/secret.ts';
import { endedSessionCookie, isSecure, sessionCookie } from '../services/sessions/cookie.ts';
import { secondsUntil } from '../services/sessions/lifetime.ts';
import { signIn } from '../services/sessions/signIn.ts';
import { signOut } from '../services/sessions/signOut.ts';
import { builder } from './builder.ts';
import { Viewer } from './viewer.ts';

const SignInPayload = builder
  .objectRef<{ user: Extract<Actor, { kind: 'USER' }> }>('SignInPayload')
  .implement({ fields: (t) => ({ viewer: t.field({ type: Viewer, resolve: (payload) => payload.user }) }) });

builder.mutationFields((t) => ({
  signIn: t.field({
    type: SignInPayload,
    description:
      'Begins a session in the cookie `tributary_session`, for twelve hours after its last use and seven days at most. ' +
      'Requests with the cookie need the header `x-tributary-csrf: 1`.',
    authScopes: { public: true },
    args: { email: t.arg.string({ required: true }), password: t.arg.string({ required: true }) },
    resolve: async (_root, { email, password }, ctx) => {
      const { reply } = ctx;
      if (!reply)
        throw badInput('Sign in over plain HTTP: no cookie can be set over WebSocket or in a stream.');
      const { actor, token, expiresAt } = await signIn(ctx, ctx.signInThrottle, {
        email,
        password: new Secret(password),
      });
      const maxAgeSeconds = secondsUntil(expiresAt, ctx.now());
      reply.setCookie(sessionCookie(token, { maxAgeSeconds, secure: isSecure(ctx) }));
      return { user: actor };
    },
  }),
  signOut: t.boolean({
    description: 'Ends the session that asks.',
    authScopes: { signedIn: true },
    resolve: async (_root, _args, ctx) => {
      await signOut(ctx);
      ctx.reply?.setCookie(endedSessionCookie({ secure: isSecure(ctx) }));
      return true;
    },
  }),
}));
