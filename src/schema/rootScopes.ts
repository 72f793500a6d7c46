import type { GraphQLSchema } from 'graphql';

/** Default deny: throws for a root field that declares no scope. */
export function checkRootScopes(schema: GraphQLSchema): GraphQLSchema {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const root of roots) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      const options = field.extensions['pothosOptions'] as { authScopes?: unknown } | undefined;
      if (options?.authScopes) continue;
      throw new Error(`${root?.name}.${field.name} declares no authScopes: say who may use it.`);
    }
  }
  return schema;
}
