import type { YogaServerInstance } from 'graphql-yoga';
import { createYoga } from 'graphql-yoga';
import type { Context } from '../context.ts';
import { toGraphQLError } from '../schema/errors.ts';
import { schema } from '../schema/index.ts';
import type { AdmissionOptions } from './admit.ts';
import type { FrontDoor } from './frontDoor.ts';
import { createFrontDoor } from './frontDoor.ts';
import { throughFrontDoor } from './http.ts';
import type { Limits } from './limits.ts';
import { LIMITS } from './limits.ts';
import type { Transport } from './transport.ts';

export const GRAPHQL_PATH = '/graphql';

export interface GraphQLOptions extends Omit<AdmissionOptions, 'limits' | 'schema'> {
  /** Instead of the usual ones. */
  limits?: Partial<Limits> | undefined;
}

export interface GraphQLServer {
  door: FrontDoor;
  limits: Limits;
  /** GraphQL over HTTP, SSE included. */
  http: YogaServerInstance<Transport, object>;
}

/** GraphQL over HTTP and SSE; the WebSocket server goes through the same front door. */
export function createGraphQL(ctx: Context, options: GraphQLOptions): GraphQLServer {
  const limits = { ...LIMITS, ...options.limits };
  const door = createFrontDoor(ctx, { ...options, schema, limits });
  const http = createYoga<Transport, object>({
    graphqlEndpoint: GRAPHQL_PATH,
    plugins: [throughFrontDoor(door)],
    // What yoga itself refuses, such as a method that is neither GET nor POST.
    maskedErrors: { maskError: (error) => toGraphQLError(error, ctx.log) },
    cors: false,
    multipart: false,
    batching: false,
    graphiql: false,
    landingPage: false,
    logging: false,
    parserAndValidationCache: false,
  });
  return { door, limits, http };
}
