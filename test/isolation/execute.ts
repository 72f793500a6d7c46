import type { ExecutionResult } from 'graphql';
import { execute, parse, subscribe } from 'graphql';
import type { Actor, Context } from '../../src/context.ts';
import { actingAs } from '../../src/context.ts';
import type { GraphQLContext } from '../../src/schema/builder.ts';
import { schema } from '../../src/schema/index.ts';
import { createLoaders } from '../../src/schema/loaders.ts';
import { createSignInThrottle } from '../../src/services/sessions/throttle.ts';

/** A request's context as the server makes it: the actor's filter and the actor's database, both walls up. */
export function requestContext(ctx: Context, actor: Actor): GraphQLContext {
  return withLoaders(actingAs(ctx, actor));
}

/** The filter taken out: resolvers believe the actor to be an admin, only the database knows better. */
export function withoutFilter(ctx: Context, actor: Extract<Actor, { kind: 'API_KEY' }>): GraphQLContext {
  return withLoaders({ ...actingAs(ctx, actor), actor: { ...actor, role: 'ADMIN' } });
}

/** Row-level security taken out: the database shows everything, only the filter knows better. */
export function withoutRowSecurity(ctx: Context, actor: Actor): GraphQLContext {
  return withLoaders({ ...ctx, actor });
}

function withLoaders(ctx: Context): GraphQLContext {
  return {
    ...ctx,
    signal: new AbortController().signal,
    reply: null,
    signInThrottle: createSignInThrottle(),
    loaders: createLoaders(ctx),
  };
}

export async function ask(contextValue: GraphQLContext, document: string): Promise<ExecutionResult> {
  return execute({ schema, document: parse(document), contextValue });
}

/** A subscription that was begun; throws when it was refused. */
export async function listen(
  contextValue: GraphQLContext,
  document: string,
): Promise<AsyncIterableIterator<ExecutionResult>> {
  const begun = await subscribe({ schema, document: parse(document), contextValue });
  if (Symbol.asyncIterator in begun) return begun;
  throw new Error(JSON.stringify(begun));
}
