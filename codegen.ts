/*
 * Typed GraphQL documents, made by the build (scripts/build/documents.mjs drives the client preset with this).
 * A document is written where it is used, in a file below one of the sources:
 *   import { graphql } from '…/generated/graphql/gql.ts';
 *   const Clients = graphql(`query Clients { clients { nodes { id } } }`);
 * and graphql-request then knows the types of its variables and of its answer.
 */
interface Target {
  /** Files and folders that are searched for documents. */
  sources: string[];
  /** Where the types go; git-ignored. */
  output: string;
}

/** Made from the printed API, so that typing documents needs no running server. */
export const schema = 'schema.graphql';

export const targets: Target[] = [
  { sources: ['src/cli.ts', 'src/cli'], output: 'src/generated/graphql' },
  { sources: ['test'], output: 'test/generated/graphql' },
];

/** Options of the client preset. */
export const config = {
  /** How the scalars of the API look in JSON. One that is missing here fails the build. */
  scalars: {
    ID: 'string',
    Date: 'string',
    DateTime: 'string',
    Decimal: 'string',
    Count: 'number',
    JSON: 'unknown',
  },
  strictScalars: true,
  enumType: 'string-literal',
  useTypeImports: true,
  emitLegacyCommonJSImports: false,
  importExtension: '.ts',
} as const;
