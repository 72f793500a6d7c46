import type { PothosOutputFieldConfig, SchemaTypes } from '@pothos/core';
import SchemaBuilder, { BasePlugin } from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import { badInput } from '../errors.ts';

const NUL = '\u0000';

/** True when a text anywhere in an argument has the NUL character, which PostgreSQL takes in no text. */
function hasNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(NUL);
  if (value === null || typeof value !== 'object') return false;
  return Object.values(value).some(hasNul);
}

/** Every field with arguments refuses text that the database could not even be asked about. */
class StorableTextPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    field: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (Object.keys(field.args).length === 0) return resolver;
    return (parent, args, ctx, info) => {
      if (hasNul(args)) throw badInput('Text must not contain the NUL character.');
      return resolver(parent, args, ctx, info);
    };
  }
}

export const STORABLE_TEXT = 'storableText' as const;

SchemaBuilder.registerPlugin(STORABLE_TEXT, StorableTextPlugin);

declare global {
  // Pothos learns of plugins by declaration merging.
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      storableText: StorableTextPlugin<Types>;
    }
  }
}
