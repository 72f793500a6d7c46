import { randomUUID } from 'node:crypto';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context as HonoContext, Hono } from 'hono';
import { html } from 'hono/html';
import { ConnectorError } from '../connectors/errors.ts';
import type { Context } from '../context.ts';
import { errorText } from '../db/errors.ts';
import type { ErrorCode } from '../errors.ts';
import { AppError } from '../errors.ts';
import { finishOAuth } from '../services/credentials/oauth/finish.ts';

/** A page is shown once, in a browser whose address bar holds a used code: it is neither kept nor passed on. */
const HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
};

interface Page {
  status: 200 | 400 | 404 | 429 | 500 | 502;
  title: string;
  text: string;
}

/** Where a platform sends the browser back to when somebody agreed, or did not, to connect it. */
export function addOAuth(app: Hono, ctx: Context): void {
  app.get('/oauth/:platform/callback', async (c) => {
    // Whoever only looks whether the page is there must not use the state up.
    if (c.req.method !== 'GET') return c.body(null, 405);
    const page = await answer({ ...ctx, origin: addressOf(c) }, c);
    return c.html(render(page), page.status, HEADERS);
  });
}

async function answer(ctx: Context, c: HonoContext): Promise<Page> {
  const word = c.req.param('platform') ?? '';
  const params = new URL(c.req.url).searchParams;
  try {
    const { label, clientName } = await finishOAuth(ctx, { word, params });
    return { status: 200, title: `${label} is connected`, text: `${label} is connected for ${clientName}.` };
  } catch (error) {
    return explain(ctx, error);
  }
}

const STATUSES: Partial<Record<ErrorCode, Page['status']>> = {
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  CONFLICT: 400,
  RATE_LIMITED: 429,
};

/** Our own words only: what the platform wrote into the address may be anybody's. */
function explain(ctx: Context, error: unknown): Page {
  const title = 'Not connected';
  if (error instanceof AppError && STATUSES[error.code] !== undefined) {
    return { status: STATUSES[error.code] ?? 400, title, text: error.message };
  }
  if (error instanceof ConnectorError) {
    const isTheirs = error.failure === 'RETRY' || error.failure === 'WAIT';
    const text = isTheirs ? `${error.message} Begin again in a moment.` : error.message;
    return { status: isTheirs ? 502 : 400, title, text };
  }
  const errorId = randomUUID();
  ctx.log.error({ errorId, reason: errorText(error) }, 'connecting a platform failed unexpectedly');
  const text = `Something went wrong on our side. It is in the log as ${errorId}.`;
  return { status: 500, title, text };
}

function render({ title, text }: Page) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title}</title>
      </head>
      <body>
        <h1>${title}</h1>
        <p>${text}</p>
        <p>You can close this window.</p>
      </body>
    </html>`;
}

function addressOf(c: HonoContext): string | null {
  return getConnInfo(c).remote.address ?? null;
}
