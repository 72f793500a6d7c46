import type { GraphQLArgument, GraphQLInputType, GraphQLOutputType } from 'graphql';
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql';
import { schema } from '../../src/schema/index.ts';

export interface RootField {
  operation: 'query' | 'mutation' | 'subscription';
  name: string;
  /** A valid document that asks for nothing but this field. */
  document: string;
  /** It declares that anybody may use it. */
  isPublic: boolean;
}

const NOWHERE = Buffer.from('Client:00000000-0000-4000-8000-000000000000').toString('base64url');

const SCALARS: Record<string, string> = {
  ID: `"${NOWHERE}"`,
  String: '"text"',
  Int: '1',
  Boolean: 'true',
  Date: '"2026-10-01"',
  DateTime: '"2126-10-01T00:00:00Z"',
};

/** Every root field of the API, made from the schema itself: a new one is tested without anybody remembering it. */
export function rootFields(): RootField[] {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  return roots.flatMap(([operation, type]) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({
      operation,
      name: field.name,
      document: `${operation} { ${field.name}${argumentsOf(field.args)}${selectionOf(field.type)} }`,
      isPublic: isPublic(field.extensions),
    })),
  );
}

function isPublic(extensions: Readonly<Record<string, unknown>>): boolean {
  const options = extensions['pothosOptions'] as { authScopes?: { public?: boolean } } | undefined;
  return options?.authScopes?.public === true;
}

function argumentsOf(args: readonly GraphQLArgument[]): string {
  const given = args.filter((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined);
  if (given.length === 0) return '';
  return `(${given.map((arg) => `${arg.name}: ${literalOf(arg.type)}`).join(', ')})`;
}

function literalOf(type: GraphQLInputType): string {
  const plain = getNullableType(type);
  if (isListType(plain)) return `[${literalOf(plain.ofType)}]`;
  if (isEnumType(plain)) return plain.getValues()[0]?.name ?? '';
  if (!isInputObjectType(plain)) return SCALARS[plain.name] ?? `"${plain.name}?"`;
  const required = Object.values(plain.getFields()).filter(
    (field) => isNonNullType(field.type) && field.defaultValue === undefined,
  );
  return `{ ${required.map((field) => `${field.name}: ${literalOf(field.type)}`).join(', ')} }`;
}

function selectionOf(type: GraphQLOutputType): string {
  return isLeafType(getNamedType(type)) ? '' : ' { __typename }';
}
