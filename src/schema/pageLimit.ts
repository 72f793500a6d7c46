import type { PothosOutputFieldConfig, SchemaTypes } from '@pothos/core';
import SchemaBuilder, { BasePlugin } from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import { badInput } from '../errors.ts';

/** The largest page of any list. */
export const MAX_PAGE = 100;
/** The page of a list that is asked for without `first`. */
export const DEFAULT_PAGE = 25;

/** Throws BAD_USER_INPUT for a page size that no list gives. */
export function checkPageSize(size: unknown, argument: string): void {
  if (size === null || size === undefined) return;
  if (typeof size !== 'number' || size < 1 || size > MAX_PAGE) {
    throw badInput(`${argument} must be from 1 to ${MAX_PAGE}: page on with "after".`);
  }
}

/** Every field that takes `first` or `last` checks it before it does anything: no list can forget to. */
class PageLimitPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  /** What is inside a page is paid for as often as the page may have it; plain values cost nothing. */
  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    if (isPlain(field)) return { ...field, extensions: { ...field.extensions, complexity: 0 } };
    if (!('first' in field.args)) return field;
    const complexity = ({ first, last }: { first?: number | null; last?: number | null }) => ({
      field: 1,
      // A page that is too large gets its own message, when the field is asked.
      multiplier: Math.min(first ?? last ?? DEFAULT_PAGE, MAX_PAGE),
    });
    return { ...field, extensions: { ...field.extensions, complexity } };
  }

  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    field: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (!('first' in field.args)) return resolver;
    return (parent, args, ctx, info) => {
      const { first, last } = args as { first?: unknown; last?: unknown };
      checkPageSize(first, 'first');
      checkPageSize(last, 'last');
      return resolver(parent, args, ctx, info);
    };
  }
}

function isPlain<Types extends SchemaTypes>(field: PothosOutputFieldConfig<Types>): boolean {
  const type = field.type.kind === 'List' ? field.type.type : field.type;
  return type.kind === 'Scalar' || type.kind === 'Enum';
}

export const PAGE_LIMIT = 'pageLimit' as const;

SchemaBuilder.registerPlugin(PAGE_LIMIT, PageLimitPlugin);

declare global {
  // Pothos learns of plugins by declaration merging.
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      pageLimit: PageLimitPlugin<Types>;
    }
  }
}
