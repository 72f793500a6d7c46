import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context as HonoContext } from 'hono';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { addHealth } from '../routes/health.ts';
import type { GraphQLOptions, GraphQLServer } from './graphql.ts';
import { createGraphQL, GRAPHQL_PATH } from './graphql.ts';
import type { SocketServer } from './socket.ts';
import { openSocket } from './socket.ts';

const LARGEST_BODY_BYTES = 256 * 1024;

export interface ListenOptions extends GraphQLOptions {
  host: string;
  /** 0 = a free one. */
  port: number;
  /** False: only health answers (a worker process). */
  graphql: boolean;
  isReady: () => Promise<boolean>;
}

export interface HttpServer {
  /** `http://127.0.0.1:4000` */
  url: string;
  /** Takes no more requests, ends subscriptions and open connections. */
  close(): Promise<void>;
}

/** Opens the HTTP and WebSocket server. Throws CONFLICT when the port is taken. */
export async function listen(ctx: Context, options: ListenOptions): Promise<HttpServer> {
  const app = new Hono();
  app.use(secureHeaders());
  app.use(bodyLimit({ maxSize: LARGEST_BODY_BYTES }));
  addHealth(app, { isReady: options.isReady });
  app.notFound((c) => c.json({ error: 'Nothing here. The API is at /graphql.' }, 404));
  const graphql = options.graphql ? createGraphQL(ctx, options) : null;
  if (graphql) app.all(GRAPHQL_PATH, (c) => answerGraphQL(graphql, c));

  const answer = getRequestListener(app.fetch);
  const server = createServer((request, response) => void answer(request, response));
  await bind(server, options);
  const socket = graphql ? openSocket(server, graphql, ctx.log) : null;
  const { address, family, port } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () => close(server, socket),
  };
}

/** Hands a request to GraphQL, and what the resolvers want to say in headers to the answer. */
async function answerGraphQL(graphql: GraphQLServer, c: HonoContext): Promise<Response> {
  const cookies: string[] = [];
  const answer = await graphql.fetch(c.req.raw, {
    authorization: c.req.header('authorization') ?? null,
    cookie: c.req.header('cookie') ?? null,
    origin: getConnInfo(c).remote.address ?? null,
    reply: { setCookie: (cookie) => void cookies.push(cookie) },
  });
  for (const cookie of cookies) answer.headers.append('set-cookie', cookie);
  return answer;
}

function bind(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new AppError(
              'CONFLICT',
              `Port ${port} on ${host} is taken: stop what uses it, or set PORT (0 = a free one).`,
            )
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
}

async function close(server: Server, socket: SocketServer | null): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await socket?.close();
  server.closeAllConnections();
  await closed;
}
