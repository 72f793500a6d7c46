import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { OAuthDesk } from './oauth.ts';
import { createOAuthDesk } from './oauth.ts';

interface GoogleServer {
  url: string;
  oauth: OAuthDesk;
  close(): Promise<void>;
}

/** Serves the consent page and the token endpoint on 127.0.0.1, at a free port. */
export function startGoogleServer(now: () => Date): Promise<GoogleServer> {
  let url = '';
  const oauth = createOAuthDesk(() => url);
  const app = new Hono();
  app.get('/o/oauth2/v2/auth', (c) => {
    const back = oauth.consent(new URL(c.req.url).searchParams, now());
    return back === null ? c.text('Error 400: invalid_request', 400) : c.redirect(back);
  });
  app.post('/token', async (c) => {
    const { status, json } = oauth.token(new URLSearchParams(await c.req.text()), now());
    return new Response(JSON.stringify(json), { status, headers: { 'content-type': 'application/json' } });
  });
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info) => {
      url = `http://127.0.0.1:${String(info.port)}`;
      const close = (): Promise<void> =>
        new Promise((closed) => {
          server.close(() => closed());
          if ('closeAllConnections' in server) server.closeAllConnections();
        });
      resolve({ url, oauth, close });
    });
    server.once('error', reject);
  });
}
