import { complexityFromQuery } from '@pothos/plugin-complexity';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { GraphQLError, Kind } from 'graphql';
import { withCode } from '../schema/errors.ts';
import type { Limits } from './limits.ts';
import { BAD_DOCUMENT, refusal, withHttp } from './refusal.ts';

export interface Costing {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables: Record<string, unknown>;
}

/**
 * What is wrong with the cost: one for each field that has fields of its own, what is inside a page times its `first`
 * (schema/pageLimit.ts says so); or with the variables, which it depends on.
 */
export function checkCost(costing: Costing, limits: Limits): readonly GraphQLError[] {
  try {
    const cost = costOf(costing);
    return cost > limits.cost ? [tooDear(cost, limits)] : [];
  } catch (error) {
    if (error instanceof GraphQLError) return [withHttp(withCode(error), BAD_DOCUMENT)];
    throw error;
  }
}

function costOf({ schema, document, operation, variables }: Costing): number {
  const fragments = document.definitions.filter((part) => part.kind === Kind.FRAGMENT_DEFINITION);
  // The plugin looks at the first operation it finds.
  const alone: DocumentNode = { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] };
  return complexityFromQuery(alone, { schema, variables }).complexity;
}

function tooDear(cost: number, limits: Limits): GraphQLError {
  return refusal(
    `The cost of the operation is ${cost}, the limit is ${limits.cost}: ask for smaller pages ("first") or fewer fields.`,
    { also: { cost, limit: limits.cost } },
  );
}
