import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ExecutionArgs } from 'graphql';
import { handleProtocols, makeServer } from 'graphql-ws';
import type { Server as Protocol } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { Logger } from '../lib/log.ts';
import type { Admitted } from './admit.ts';
import type { GraphQLServer } from './graphql.ts';
import { GRAPHQL_PATH } from './graphql.ts';
import type { Limits } from './limits.ts';
import { LARGEST_MESSAGE_BYTES } from './limits.ts';
import { isOriginAllowed } from './origins.ts';
import { refusal, withoutHttp } from './refusal.ts';
import type { Transport } from './transport.ts';

const FAREWELL_MS = 1_000;
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;

export interface SocketOptions {
  /** Other origins whose pages may connect. */
  allowedOrigins: () => readonly string[];
  log: Logger;
}

export interface SocketServer {
  /** Closes every socket; their subscriptions end. */
  close(): Promise<void>;
}

interface Extra {
  request: IncomingMessage;
}

/** Operations over graphql-ws (the `graphql-transport-ws` protocol) on the path of the HTTP API. */
export function openSocket(server: Server, graphql: GraphQLServer, options: SocketOptions): SocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE_BYTES, handleProtocols });
  const protocol = speak(graphql);
  server.on('upgrade', (request, stream, head) => {
    stream.on('error', () => stream.destroy());
    if (new URL(request.url ?? '/', 'http://host').pathname !== GRAPHQL_PATH) return turnAway(stream, 404);
    const { origin, host } = request.headers;
    if (!isOriginAllowed(origin, host, options.allowedOrigins())) return turnAway(stream, 403);
    sockets.handleUpgrade(request, stream, head, (socket) => {
      serve(socket, request, { protocol, log: options.log, limits: graphql.limits });
    });
  });
  return { close: () => close(sockets) };
}

/** The answer to an upgrade is written by hand: there is no response object yet. */
function turnAway(stream: Duplex, status: 403 | 404): void {
  const [phrase, code, message] =
    status === 403
      ? ['Forbidden', 'FORBIDDEN', 'This origin may not connect.']
      : ['Not Found', 'NOT_FOUND', 'Nothing here.'];
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  stream.end(
    `HTTP/1.1 ${status} ${phrase}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `x-content-type-options: nosniff\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** graphql-ws with our front door instead of its own parsing, validation and execution. */
function speak({ door, limits }: GraphQLServer): Protocol<Extra> {
  const perform = (args: ExecutionArgs) => door.perform(args.contextValue as Admitted);
  return makeServer<Record<string, unknown>, Extra>({
    execute: perform,
    subscribe: perform,
    onSubscribe: async (ctx, _id, payload) => {
      const most = limits.subscriptionsPerSocket;
      if (Object.keys(ctx.subscriptions).length > most) {
        return [
          withoutHttp(
            refusal(`At most ${most} operations may be open on a socket.`, { code: 'RATE_LIMITED' }),
          ),
        ];
      }
      const admission = await door.admit(payload, transportOf(ctx.connectionParams, ctx.extra.request));
      if (admission.errors) return admission.errors.map(withoutHttp);
      const { schema, document, operationName } = admission.admitted;
      return { schema, document, operationName, contextValue: admission.admitted };
    },
  });
}

function transportOf(params: Record<string, unknown> | undefined, request: IncomingMessage): Transport {
  const { headers, socket } = request;
  const given = params?.['Authorization'] ?? params?.['authorization'] ?? headers.authorization;
  return {
    authorization: typeof given === 'string' ? given : null,
    cookie: headers.cookie ?? null,
    // One that is not ours was turned away before the upgrade.
    fromOwnPage: headers.origin !== undefined,
    origin: socket.remoteAddress ?? null,
    readOnly: false,
    reply: null,
  };
}

interface Serving {
  protocol: Protocol<Extra>;
  log: Logger;
  limits: Limits;
}

function serve(socket: WebSocket, request: IncomingMessage, { protocol, log, limits }: Serving): void {
  // A client that sends and does not read would make us keep what we answer; ws itself counts its pongs.
  const isOverfull = () => {
    if (socket.bufferedAmount <= limits.backlogBytes) return false;
    log.warn({ bytes: socket.bufferedAmount }, 'a WebSocket that does not read was closed');
    socket.terminate();
    return true;
  };
  const stopPinging = keepAlive(socket, limits.pingMs);
  socket.on('error', (error) => log.debug({ err: error }, 'WebSocket'));
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (text) => send(socket, text),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (listener) =>
        socket.on('message', (message: Buffer) => {
          if (isOverfull()) return;
          void listener(message.toString('utf8')).catch((error: unknown) => {
            log.warn({ err: error }, 'a WebSocket message failed');
            socket.close(INTERNAL_ERROR);
          });
        }),
    },
    { request },
  );
  socket.once('close', (code, reason) => {
    stopPinging();
    void closed(code, String(reason));
  });
}

/** Resolves when the network took it: the stream behind it goes on only then. */
function send(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) resolve();
    else socket.send(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** Ends a socket whose other side is gone or reads nothing: it answers no ping. */
function keepAlive(socket: WebSocket, pingMs: number): () => void {
  let isAlive = true;
  socket.on('pong', () => (isAlive = true));
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, pingMs);
  return () => clearInterval(timer);
}

async function close(sockets: WebSocketServer): Promise<void> {
  const ended = new Promise<void>((resolve) => sockets.close(() => resolve()));
  for (const socket of sockets.clients) socket.close(GOING_AWAY, 'the server is stopping');
  const farewell = setTimeout(() => {
    for (const socket of sockets.clients) socket.terminate();
  }, FAREWELL_MS);
  await ended;
  clearTimeout(farewell);
}
