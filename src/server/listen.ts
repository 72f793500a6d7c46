import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { Secret } from '../lib/secret.ts';
import type { GraphQLOptions } from './graphql.ts';
import { createGraphQL } from './graphql.ts';
import { createHttpApp } from './httpApp.ts';
import { openSocket } from './socket.ts';

/** A whole request must have come by then. */
const REQUEST_MS = 30_000;
/** A connection on which nothing moves for so long is cut; streams of events send something every 12 s. */
const IDLE_MS = 60_000;

export interface ListenOptions extends GraphQLOptions {
  host: string;
  /** 0 = a free one. */
  port: number;
  /** False: only health answers (a worker process). */
  graphql: boolean;
  /** Origins of other pages that may call; our own needs no entry. */
  allowedOrigins: readonly string[];
  isReady: () => Promise<boolean>;
  /** What reads /metrics; null = there is no such page. */
  metricsToken?: Secret | null | undefined;
}

export interface HttpServer {
  /** `http://127.0.0.1:4000` */
  url: string;
  /** Subscriptions that are open now. */
  subscriptions(): number;
  /** Takes no more requests, ends subscriptions and open connections. */
  close(): Promise<void>;
}

/** Opens the HTTP and WebSocket server. Throws CONFLICT when the port is taken. */
export async function listen(ctx: Context, options: ListenOptions): Promise<HttpServer> {
  const { allowedOrigins } = options;
  const graphql = options.graphql ? createGraphQL(ctx, options) : null;
  const answer = getRequestListener(createHttpApp(ctx, { ...options, graphql }).fetch);
  const server = createServer((request, response) => void answer(request, response));
  server.requestTimeout = REQUEST_MS;
  server.timeout = IDLE_MS;
  const ownOrigins = () => [...allowedOrigins, new URL(ctx.publicUrl()).origin];
  const socket = graphql ? openSocket(server, graphql, { allowedOrigins: ownOrigins, log: ctx.log }) : null;
  await bind(server, options).catch((error: unknown) => {
    graphql?.door.close();
    throw error;
  });
  const { address, family, port } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    subscriptions: () => graphql?.door.subscriptions() ?? 0,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      graphql?.door.close();
      await socket?.close();
      server.closeAllConnections();
      await closed;
    },
  };
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
