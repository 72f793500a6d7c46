import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context as HonoContext } from 'hono';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Context } from '../context.ts';
import type { ErrorCode } from '../errors.ts';
import type { Secret } from '../lib/secret.ts';
import { addHealth } from '../routes/health.ts';
import { addMetrics } from '../routes/metrics.ts';
import { addOAuth } from '../routes/oauth.ts';
import { toGraphQLError } from '../schema/errors.ts';
import { CSRF_HEADER } from '../services/sessions/cookie.ts';
import type { GraphQLServer } from './graphql.ts';
import { GRAPHQL_PATH } from './graphql.ts';
import { LARGEST_BODY_BYTES, LONGEST_URL } from './limits.ts';
import { securityHeaders } from './securityHeaders.ts';

export interface HttpAppOptions {
  /** Null: only health answers (a worker process). */
  graphql: GraphQLServer | null;
  /** Origins of other pages that may call. */
  allowedOrigins: readonly string[];
  isReady: () => Promise<boolean>;
  /** What reads /metrics; null = there is no such page. */
  metricsToken?: Secret | null | undefined;
}

/** Every path we answer. Whatever goes wrong is answered in JSON, in GraphQL's shape for errors. */
export function createHttpApp(ctx: Context, options: HttpAppOptions): Hono {
  const { graphql, allowedOrigins, isReady, metricsToken = null } = options;
  const app = new Hono();
  app.use(securityHeaders());
  app.use((c, next) =>
    c.req.url.length > LONGEST_URL
      ? Promise.resolve(refuse(c, 414, `The address is longer than ${LONGEST_URL} characters: use POST.`))
      : next(),
  );
  app.use(
    bodyLimit({
      maxSize: LARGEST_BODY_BYTES,
      onError: (c) => {
        // The rest of the body is not read, so nothing can follow it on this connection.
        c.header('connection', 'close');
        return refuse(c, 413, `The body is larger than ${LARGEST_BODY_BYTES / 1024} kB.`);
      },
    }),
  );
  app.onError((error, c) => c.json({ errors: [toGraphQLError(error, ctx.log)] }, 500));
  app.notFound((c) => refuse(c, 404, 'Nothing here. The API is at /graphql.'));
  addHealth(app, { isReady });
  addMetrics(app, ctx, metricsToken);
  if (!graphql) return app;
  app.use(GRAPHQL_PATH, onlyFrom(allowedOrigins));
  app.all(GRAPHQL_PATH, (c) => answerGraphQL(graphql, c));
  addOAuth(app, ctx);
  return app;
}

/** Other pages' scripts read our answers only when they are on the list. Their cookies never count. */
function onlyFrom(allowedOrigins: readonly string[]) {
  return cors({
    origin: [...allowedOrigins],
    allowMethods: ['GET', 'POST'],
    allowHeaders: ['authorization', 'content-type', CSRF_HEADER],
    exposeHeaders: ['retry-after'],
    maxAge: 600,
  });
}

/** Hands a request to GraphQL, and what the resolvers want to say in headers to the answer. */
async function answerGraphQL(graphql: GraphQLServer, c: HonoContext): Promise<Response> {
  const cookies: string[] = [];
  const streams = c.req.header('accept')?.includes('text/event-stream') ?? false;
  const answer = await graphql.http.fetch(c.req.raw, {
    authorization: c.req.header('authorization') ?? null,
    cookie: c.req.header('cookie') ?? null,
    fromOwnPage: c.req.header(CSRF_HEADER) !== undefined,
    origin: getConnInfo(c).remote.address ?? null,
    readOnly: c.req.method !== 'POST',
    // A stream has sent its headers before anybody can be signed in.
    reply: streams ? null : { setCookie: (cookie) => void cookies.push(cookie) },
  });
  answer.headers.set('cache-control', 'no-store');
  for (const cookie of cookies) answer.headers.append('set-cookie', cookie);
  return answer;
}

const CODES: Partial<Record<number, ErrorCode>> = { 404: 'NOT_FOUND' };

function refuse(c: HonoContext, status: ContentfulStatusCode, message: string): Response {
  return c.json({ errors: [{ message, extensions: { code: CODES[status] ?? 'BAD_USER_INPUT' } }] }, status);
}
