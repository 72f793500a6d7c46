import type { PothosOutputFieldConfig, SchemaTypes } from '@pothos/core';
import SchemaBuilder, { BasePlugin, PothosValidationError } from '@pothos/core';
import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';
import { getNamedType, GraphQLError } from 'graphql';
import type { Context } from '../context.ts';
import type { Outcome } from '../services/audit/record.ts';
import { audited, outcomeOf } from '../services/audit/record.ts';
import type { Subject } from '../services/audit/subject.ts';
import { subjectOfArguments, subjectOfResult } from './auditSubject.ts';

/**
 * Every field of Mutation is recorded in the audit log, whoever asks and whatever comes of it: no mutation can forget to.
 * It stands before the scopes, so that refusals are recorded too.
 */
class AuditPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    field: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (field.parentType !== 'Mutation') return resolver;
    return (parent, args, ctx, info) =>
      audited(
        ctx as unknown as Context,
        { action: field.name, subject: (result) => subjectOf(args, result, info), outcomeOf: codeOf },
        async (): Promise<unknown> => resolver(parent, args, ctx, info),
      );
  }
}

function subjectOf(args: object, result: unknown, { schema, returnType }: GraphQLResolveInfo): Subject {
  const asked = subjectOfArguments(args, (typename) => schema.getType(typename) !== undefined);
  const made = subjectOfResult(result, getNamedType(returnType).name);
  return { clientId: asked.clientId ?? made.clientId, target: asked.target ?? made.target };
}

/** What GraphQL itself refuses inside a resolver is the caller's mistake. */
function codeOf(error: unknown): Outcome {
  const isOfGraphQL = error instanceof PothosValidationError || error instanceof GraphQLError;
  const cause = error instanceof GraphQLError ? error.originalError : null;
  if (cause) return codeOf(cause);
  return isOfGraphQL ? 'BAD_USER_INPUT' : outcomeOf(error);
}

export const AUDIT = 'audit' as const;

SchemaBuilder.registerPlugin(AUDIT, AuditPlugin);

declare global {
  // Pothos learns of plugins by declaration merging.
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      audit: AuditPlugin<Types>;
    }
  }
}
