import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { getOperationAST, GraphQLError, OperationTypeNode } from 'graphql';
import type { Actor, Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { toGraphQLError } from '../schema/errors.ts';
import { isAdmin } from '../services/access.ts';
import type { Authentication } from '../services/apiKeys/authenticate.ts';
import { checkCost } from './cost.ts';
import { createDocuments } from './documents.ts';
import { identify } from './identify.ts';
import type { Limits } from './limits.ts';
import { checkParams } from './params.ts';
import { createRateLimit } from './rate.ts';
import { refusal, withHttp, withoutSuggestion } from './refusal.ts';
import type { Transport } from './transport.ts';

export interface AdmissionOptions {
  schema: GraphQLSchema;
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

export type Admission = { admitted: Admitted; errors?: never } | { errors: readonly GraphQLError[] };

/**
 * Everything that is checked before an operation is executed, cheap things first: its shape, its size, who asks and how
 * often, the schema, its cost. Never rejects.
 */
export type Admit = (params: unknown, transport: Transport) => Promise<Admission>;

export function createAdmission(ctx: Context, options: AdmissionOptions): Admit {
  const { schema, limits } = options;
  const documents = createDocuments(schema, limits);
  const rate = createRateLimit(limits);
  const admit: Admit = async (params, transport) => {
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
  return (params, transport) =>
    admit(params, transport).catch((error: unknown) => ({ errors: [turnedAway(ctx, error)] }));
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
function turnedAway(ctx: Context, error: unknown): GraphQLError {
  const explained = toGraphQLError(error, ctx.log);
  if (error instanceof GraphQLError) return explained;
  if (!(error instanceof AppError)) return withHttp(explained, { status: 500 });
  return withHttp(explained, { status: error.code === 'UNAUTHENTICATED' ? 401 : 403 });
}
