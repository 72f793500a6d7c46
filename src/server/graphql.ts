import { EnvelopArmorPlugin } from '@escape.tech/graphql-armor';
import { GraphQLError } from 'graphql';
import type { Plugin, YogaServerInstance } from 'graphql-yoga';
import { createYoga } from 'graphql-yoga';
import type { Context } from '../context.ts';
import { actingAs } from '../context.ts';
import { AppError } from '../errors.ts';
import type { GraphQLContext, Reply } from '../schema/builder.ts';
import { toGraphQLError, withCode } from '../schema/errors.ts';
import { schema } from '../schema/index.ts';
import { createLoaders } from '../schema/loaders.ts';
import type { Authentication } from '../services/apiKeys/authenticate.ts';
import { identify } from './identify.ts';

export const GRAPHQL_PATH = '/graphql';

export interface GraphQLOptions {
  authentication: Authentication;
  /** Other origins that may call; the API's own needs no entry. */
  allowedOrigins: readonly string[];
}

/** What the transport knows of a request beside its body. */
export interface Transport {
  /** The `Authorization` value: the header, or `{ "Authorization": "Bearer trb_…" }` of `connection_init`. */
  authorization: string | null;
  /** The `Cookie` header. */
  cookie: string | null;
  /** The caller's network address. */
  origin: string | null;
  reply: Reply | null;
}

export type GraphQLServer = YogaServerInstance<Transport, GraphQLContext>;

/** GraphQL over HTTP and SSE; the WebSocket server uses the same parse, limits, context and error mapping. */
export function createGraphQL(ctx: Context, options: GraphQLOptions): GraphQLServer {
  return createYoga<Transport, GraphQLContext>({
    schema,
    graphqlEndpoint: GRAPHQL_PATH,
    context: (initial) => requestContext(ctx, options.authentication, initial),
    maskedErrors: { maskError: (error) => toGraphQLError(error, ctx.log) },
    cors:
      options.allowedOrigins.length > 0 ? { origin: [...options.allowedOrigins], credentials: false } : false,
    // A form can be posted by any page without asking first.
    multipart: false,
    batching: false,
    graphiql: false,
    landingPage: false,
    logging: false,
    plugins: [limits(), codes()],
  });
}

async function requestContext(
  ctx: Context,
  authentication: Authentication,
  transport: Transport,
): Promise<GraphQLContext> {
  const actor = await identify(ctx, authentication, transport).catch((error: unknown) => {
    throw error instanceof AppError ? refused(error) : error;
  });
  const mine = { ...actingAs(ctx, actor), origin: transport.origin };
  return { ...mine, reply: transport.reply, loaders: createLoaders(mine) };
}

/** A key that is not valid is HTTP 401, as every client of HTTP expects. */
function refused(error: AppError): GraphQLError {
  return new GraphQLError(error.message, { extensions: { code: error.code, http: { status: 401 } } });
}

/** Refuses documents that are too deep or too long before they are executed. Sizes: SPEC, access. */
function limits(): Plugin {
  return EnvelopArmorPlugin({
    costLimit: { enabled: false },
    maxDepth: { n: 12 },
    maxAliases: { n: 15 },
    maxDirectives: { n: 20 },
    maxTokens: { n: 2000 },
  }) as Plugin;
}

/** Errors from before the execution carry a code too. */
function codes(): Plugin {
  return {
    onParse: () => (parsed) => {
      if (parsed.result instanceof GraphQLError) parsed.replaceParseResult(withCode(parsed.result));
    },
    onValidate: () => (validated) => {
      if (!validated.valid)
        validated.setResult(validated.result.map((error) => withCode(error as GraphQLError)));
    },
  };
}
