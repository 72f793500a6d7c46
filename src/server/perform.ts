import type { ExecutionResult, GraphQLError } from 'graphql';
import { createSourceEventStream, execute, OperationTypeNode } from 'graphql';
import type { Context } from '../context.ts';
import { actingAs } from '../context.ts';
import type { GraphQLContext } from '../schema/builder.ts';
import { toGraphQLError } from '../schema/errors.ts';
import { createLoaders } from '../schema/loaders.ts';
import type { SignInThrottle } from '../services/sessions/throttle.ts';
import { createSignInThrottle } from '../services/sessions/throttle.ts';
import type { Admitted } from './admit.ts';
import { withDeadline } from './deadline.ts';
import type { Limits } from './limits.ts';
import { LiveStream } from './liveStream.ts';
import type { OpenSubscriptions } from './openSubscriptions.ts';

/** Executes what was admitted, within the deadline: one answer, or a subscription's stream of them. Never rejects. */
export type Perform = (admitted: Admitted) => Promise<ExecutionResult | LiveStream>;

export interface PerformanceOptions {
  limits: Limits;
  open: OpenSubscriptions;
}

/** What all operations of this process share. */
interface Shared {
  ctx: Context;
  signInThrottle: SignInThrottle;
}

/**
 * graphql-js itself executes: its answers have the fields in the order they were asked for (GraphQL, 6.2.2), which
 * those of yoga's own executor have only when nothing is waited for.
 */
export function createPerformance(ctx: Context, { limits, open }: PerformanceOptions): Perform {
  const shared = { ctx, signInThrottle: createSignInThrottle() };
  const explain = (error: unknown) => toGraphQLError(error, ctx.log);

  const answer = (admitted: Admitted, rootValue?: unknown) =>
    withDeadline(limits.deadlineMs, async (signal) =>
      present(await execute({ ...argumentsOf(shared, admitted, signal), rootValue }), explain),
    ).catch((error: unknown): ExecutionResult => ({ data: null, errors: [explain(error)] }));

  const subscribe: Perform = async (admitted) => {
    const source = await withDeadline(limits.deadlineMs, (signal) => openSource(shared, admitted, signal));
    if (!(Symbol.asyncIterator in source)) return present(source, explain);
    const stream: LiveStream = new LiveStream({
      source,
      answer: (event) => answer(admitted, event),
      explain,
      onEnd: () => open.remove(stream),
    });
    open.add(admitted.actor, stream);
    return stream;
  };

  return (admitted) =>
    admitted.operation.operation === OperationTypeNode.SUBSCRIPTION
      ? subscribe(admitted).catch((error: unknown) => ({ errors: [explain(error)] }))
      : answer(admitted);
}

/** New for each event of a subscription: what one event loaded is old when the next comes. */
function argumentsOf({ ctx, signInThrottle }: Shared, admitted: Admitted, signal: AbortSignal) {
  const { schema, document, operationName, variables, actor, transport } = admitted;
  const mine = { ...actingAs(ctx, actor), origin: transport.origin };
  const contextValue: GraphQLContext = {
    ...mine,
    signal,
    signInThrottle,
    reply: transport.reply,
    loaders: createLoaders(mine),
  };
  return { schema, document, operationName, variableValues: variables, contextValue };
}

async function openSource(shared: Shared, admitted: Admitted, signal: AbortSignal) {
  const source = await createSourceEventStream(argumentsOf(shared, admitted, signal));
  // Nobody waits for it any more, so nobody would end it.
  if (signal.aborted && Symbol.asyncIterator in source) await source[Symbol.asyncIterator]().return?.();
  return source;
}

function present(result: ExecutionResult, explain: (error: unknown) => GraphQLError): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map(explain) } : result;
}
