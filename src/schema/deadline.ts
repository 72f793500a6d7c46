import type { PothosOutputFieldConfig, SchemaTypes } from '@pothos/core';
import SchemaBuilder, { BasePlugin } from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';

/** What a resolver's context must have. */
interface Stoppable {
  signal: AbortSignal;
}

/**
 * Every field with fields of its own begins no more work once nobody waits for the answer. Plain values are left
 * alone: they cost nothing.
 */
class DeadlinePlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    field: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    const type = field.type.kind === 'List' ? field.type.type : field.type;
    if (type.kind === 'Scalar' || type.kind === 'Enum') return resolver;
    return (parent, args, ctx, info) => {
      (ctx as Stoppable).signal.throwIfAborted();
      return resolver(parent, args, ctx, info);
    };
  }
}

export const DEADLINE = 'deadline' as const;

SchemaBuilder.registerPlugin(DEADLINE, DeadlinePlugin);

declare global {
  // Pothos learns of plugins by declaration merging.
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      deadline: DeadlinePlugin<Types>;
    }
  }
}
