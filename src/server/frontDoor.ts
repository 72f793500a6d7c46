import type { DocumentNode, ExecutionResult, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { createSourceEventStream, execute, getOperationAST, GraphQLError, OperationTypeNode } from 'graphql';
import type { Actor, Context } from '../context.ts';
import { actingAs } from '../context.ts';
import { AppError } from '../errors.ts';
import type { GraphQLContext } from '../schema/builder.ts';
import { toGraphQLError } from '../schema/errors.ts';
import { createLoaders } from '../schema/loaders.ts';
import { isAdmin } from '../services/access.ts';
import type { Authentication } from '../services/apiKeys/authenticate.ts';
import type { SignInThrottle } from '../services/sessions/throttle.ts';
import { createSignInThrottle } from '../services/sessions/throttle.ts';
import { checkCost } from './cost.ts';
import { withDeadline } from './deadline.ts';
import { createDocuments } from './documents.ts';
import { identify } from './identify.ts';
import type { Limits } from './limits.ts';
import { LiveStream } from './liveStream.ts';
import { trackSubscriptions } from './openSubscriptions.ts';
import { checkParams } from './params.ts';
import { createRateLimit } from './rate.ts';
import { refusal, withHttp, withoutSuggestion } from './refusal.ts';
import type { Transport } from './transport.ts';

export interface FrontDoorOptions {
  authentication: Authentication;
  /** True: only admins may ask for the schema. */
  production: boolean;
  limits: Limits;
}

/** An operation that may be executed. */
export interface Admitted {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  operationName: string | null;
  variables: Record<string, unknown>;
  actor: Actor;
  transport: Transport;
}

/** What all operations of this process share. */
interface Shared {
  ctx: Context;
  signInThrottle: SignInThrottle;
}

export type Admission = { admitted: Admitted; errors?: never } | { errors: readonly GraphQLError[] };

export interface FrontDoor {
  /**
   * Everything that is checked before an operation is executed, cheap things first: its shape, its size, who asks and
   * how often, the schema, its cost. Never rejects.
   */
  admit(params: unknown, transport: Transport): Promise<Admission>;
  /** Executes it, within the deadline: one answer, or a subscription's stream of them. Never rejects. */
  perform(admitted: Admitted): Promise<ExecutionResult | LiveStream>;
  /** Open subscriptions. */
  readonly subscriptions: number;
  /** Ends every subscription. */
  close(): void;
}

/** The one way in: POST, GET, SSE and WebSocket only carry what it says. */
export function createFrontDoor(ctx: Context, schema: GraphQLSchema, options: FrontDoorOptions): FrontDoor {
  const { limits } = options;
  const documents = createDocuments(schema, limits);
  const rate = createRateLimit(limits);
  const open = trackSubscriptions(ctx);
  const shared = { ctx, signInThrottle: createSignInThrottle() };
  const explain = (error: unknown) => toGraphQLError(error, ctx.log);

  const admit = async (params: unknown, transport: Transport): Promise<Admission> => {
    const { query, operationName, variables } = checkParams(params, limits);
    const document = documents.read(query);
    const operation = chooseOperation(document, operationName, transport);
    const actor = await identify(ctx, options.authentication, transport);
    await rate.take(actor, transport.origin);
    const mayAskForSchema = !options.production || isAdmin(actor);
    const wrong = documents.check(document, mayAskForSchema);
    const errors = wrong.length > 0 ? wrong : checkCost({ schema, document, operation, variables }, limits);
    if (errors.length > 0) return { errors: mayAskForSchema ? errors : errors.map(withoutSuggestion) };
    return { admitted: { schema, document, operation, operationName, variables, actor, transport } };
  };

  const answer = (admitted: Admitted, rootValue?: unknown) =>
    withDeadline(limits.deadlineMs, async (signal) =>
      present(await execute({ ...argumentsOf(shared, admitted, signal), rootValue }), explain),
    ).catch((error: unknown): ExecutionResult => ({ data: null, errors: [explain(error)] }));

  const subscribe = async (admitted: Admitted): Promise<ExecutionResult | LiveStream> => {
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

  return {
    admit: (params, transport) =>
      admit(params, transport).catch((error: unknown) => ({ errors: [turnedAway(error, explain)] })),
    perform: (admitted) =>
      admitted.operation.operation === OperationTypeNode.SUBSCRIPTION
        ? subscribe(admitted).catch((error: unknown) => ({ errors: [explain(error)] }))
        : answer(admitted),
    get subscriptions() {
      return open.size;
    },
    close: () => open.close(),
  };
}

function chooseOperation(
  document: DocumentNode,
  operationName: string | null,
  { readOnly }: Transport,
): OperationDefinitionNode {
  const operation = getOperationAST(document, operationName);
  if (!operation) throw refusal('Say with "operationName" which operation of the document is meant.');
  if (readOnly && operation.operation === OperationTypeNode.MUTATION) {
    throw refusal('A mutation must be sent with POST.', {
      http: { status: 405, headers: { allow: 'POST' } },
    });
  }
  return operation;
}

/** A key that is not valid is HTTP 401, as every client of HTTP expects; what is our fault is 500. */
function turnedAway(error: unknown, explain: (error: unknown) => GraphQLError): GraphQLError {
  if (error instanceof GraphQLError) return explain(error);
  if (!(error instanceof AppError)) return withHttp(explain(error), { status: 500 });
  return withHttp(explain(error), { status: error.code === 'UNAUTHENTICATED' ? 401 : 403 });
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
