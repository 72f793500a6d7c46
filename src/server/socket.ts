import type { Server } from 'node:http';
import type { ExecutionArgs } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Logger } from '../lib/log.ts';
import type { GraphQLServer, Transport } from './graphql.ts';
import { GRAPHQL_PATH } from './graphql.ts';

const LARGEST_MESSAGE_BYTES = 64 * 1024;
const GOING_AWAY = 1001;

export interface SocketServer {
  /** Closes every socket; their subscriptions end. */
  close(): Promise<void>;
}

type Enveloped = ReturnType<GraphQLServer['getEnveloped']>;
type EnvelopedArgs = ExecutionArgs & { rootValue: Pick<Enveloped, 'execute' | 'subscribe'> };

/** Subscriptions over graphql-ws (the `graphql-transport-ws` protocol) on the path of the HTTP API. */
export function openSocket(server: Server, graphql: GraphQLServer, log: Logger): SocketServer {
  const sockets = new WebSocketServer({ server, path: GRAPHQL_PATH, maxPayload: LARGEST_MESSAGE_BYTES });
  sockets.on('error', (error) => log.warn({ err: error }, 'WebSocket server'));
  const handler = useServer(
    {
      execute: (args) => (args as EnvelopedArgs).rootValue.execute(args),
      subscribe: (args) => (args as EnvelopedArgs).rootValue.subscribe(args),
      onSubscribe: async (ctx, _id, payload) => {
        const { headers, socket } = ctx.extra.request;
        const transport: Transport = {
          authorization: authorizationOf(ctx.connectionParams) ?? headers.authorization ?? null,
          cookie: headers.cookie ?? null,
          origin: socket.remoteAddress ?? null,
          reply: null,
        };
        const enveloped = graphql.getEnveloped({ ...transport, params: payload });
        const document = enveloped.parse(payload.query);
        const errors = enveloped.validate(enveloped.schema, document);
        if (errors.length > 0) return errors;
        return {
          schema: enveloped.schema,
          operationName: payload.operationName,
          document,
          variableValues: payload.variables,
          contextValue: await enveloped.contextFactory(),
          rootValue: { execute: enveloped.execute, subscribe: enveloped.subscribe },
        };
      },
    },
    sockets,
  );
  return {
    close: async () => {
      for (const socket of sockets.clients) socket.close(GOING_AWAY, 'the server is stopping');
      await handler.dispose();
    },
  };
}

function authorizationOf(params: Record<string, unknown> | undefined): string | null {
  const value = params?.['Authorization'] ?? params?.['authorization'];
  return typeof value === 'string' ? value : null;
}
