import type { GraphQLArgument, GraphQLField, GraphQLInputType, GraphQLOutputType } from 'graphql';
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { schema } from '../../src/schema/index.ts';
import type { NodeType } from './world.ts';
import { NODE_TABLES, RANGE } from './world.ts';

/**
 * Which node type each ID argument of the API names. A new ID argument that is not listed here fails the suite, so
 * nobody can add one that is not probed. `*` = any node.
 */
export const ID_ARGUMENTS: Record<string, NodeType | '*' | 'ADMIN'> = {
  'Query.node(id)': '*',
  'Query.client(id)': 'Client',
  'Query.campaigns(clientId)': 'Client',
  'Query.campaigns(filter.accountId)': 'AdAccount',
  'Query.totals(clientId)': 'Client',
  'Query.revisions(clientId)': 'Client',
  'Query.breakdowns(clientId)': 'Client',
  'Query.breakdowns(campaignId)': 'Campaign',
  'Query.months(clientId)': 'Client',
  'Query.reach(clientId)': 'Client',
  'Query.reachWindows(clientId)': 'Client',
  'Query.syncRuns(clientId)': 'Client',
  'Query.syncRun(id)': 'SyncRun',
  'Query.auditLog(clientId)': 'ADMIN',
  'Query.credentials(clientId)': 'ADMIN',
  'Query.mails(clientId)': 'ADMIN',
  'Subscription.syncProgress(runId)': 'SyncRun',
  'Subscription.syncCompleted(clientId)': 'Client',
};

export interface Probe {
  /** `Query.campaigns(filter.accountId)` */
  name: string;
  operation: 'query' | 'subscription';
  type: NodeType;
  /** The document with this id in the probed place; `own` fills the other ID arguments. */
  document(id: string, own: (type: NodeType) => string): string;
}

/** Every ID argument of every readable root field, once for each node type it may name. */
export function probes(): Probe[] {
  return readableFields().flatMap(({ operation, root, field }) =>
    idPaths(field.args).flatMap((path) => {
      const name = `${root}.${field.name}(${path})`;
      const named = ID_ARGUMENTS[name];
      if (named === undefined)
        throw new Error(`${name} is an ID that no probe knows: add it to ID_ARGUMENTS.`);
      const types =
        named === '*' ? (Object.keys(NODE_TABLES) as NodeType[]) : named === 'ADMIN' ? [] : [named];
      return types.map((type) => ({
        name: types.length > 1 ? `${name} of a ${type}` : name,
        operation,
        type,
        document: (id: string, own: (type: NodeType) => string) =>
          documentOf(operation, field, (at) =>
            at === path ? id : ownId(`${root}.${field.name}(${at})`, own),
          ),
      }));
    }),
  );
}

/** Every readable root field with the caller's own ids: what a list would show. */
export function ownDocuments(own: (type: NodeType) => string) {
  return readableFields().map(({ operation, root, field }) => ({
    name: `${root}.${field.name}`,
    operation,
    document: documentOf(operation, field, (at) => ownId(`${root}.${field.name}(${at})`, own)),
  }));
}

function ownId(name: string, own: (type: NodeType) => string): string {
  const type = ID_ARGUMENTS[name];
  return own(type === undefined || type === '*' || type === 'ADMIN' ? 'Client' : type);
}

interface ReadableField {
  operation: 'query' | 'subscription';
  root: string;
  field: GraphQLField<unknown, unknown>;
}

function readableFields(): ReadableField[] {
  const roots = [
    ['query', schema.getQueryType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  return roots.flatMap(([operation, type]) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({ operation, root: type?.name ?? '', field })),
  );
}

/** Where IDs stand among the arguments: `clientId`, `filter.accountId`. */
function idPaths(args: readonly { name: string; type: GraphQLInputType }[], prefix = ''): string[] {
  return args.flatMap(({ name, type }) => {
    const plain = getNamedType(type);
    if (plain.name === 'ID') return [`${prefix}${name}`];
    return isInputObjectType(plain) ? idPaths(Object.values(plain.getFields()), `${prefix}${name}.`) : [];
  });
}

type IdAt = (path: string) => string;

function documentOf(operation: string, field: GraphQLField<unknown, unknown>, idAt: IdAt): string {
  return `${operation} { ${field.name}${argumentsOf(field.args, idAt)}${selectionOf(field.type, 4)} }`;
}

function argumentsOf(args: readonly GraphQLArgument[], idAt: IdAt): string {
  const given = args.flatMap((arg) => {
    const literal = literalOf(arg.type, arg.name, idAt);
    return literal === null ? [] : [`${arg.name}: ${literal}`];
  });
  return given.length > 0 ? `(${given.join(', ')})` : '';
}

const REQUIRED: Record<string, string> = {
  Date: `"${RANGE.from}"`,
  Int: '10',
  String: '"text"',
  Boolean: 'false',
};

/** IDs are always given, anything else only when it is required. */
function literalOf(type: GraphQLInputType, path: string, idAt: IdAt): string | null {
  const plain = getNullableType(type);
  if (isListType(plain)) return null;
  if (plain.toString() === 'ID') return JSON.stringify(idAt(path));
  if (plain.toString() === 'DateRange') return `{ from: "${RANGE.from}", to: "${RANGE.to}" }`;
  if (isInputObjectType(plain)) {
    const fields = Object.values(plain.getFields()).flatMap((field) => {
      const literal = literalOf(field.type, `${path}.${field.name}`, idAt);
      return literal === null ? [] : [`${field.name}: ${literal}`];
    });
    return fields.length > 0 ? `{ ${fields.join(', ')} }` : null;
  }
  // Short pages: the probes ask for everything below a field, and the cost of that has a limit.
  if (/(^|\.)first$/.test(path)) return '2';
  if (!isNonNullType(type)) return null;
  return isEnumType(plain) ? (plain.getValues()[0]?.name ?? null) : (REQUIRED[plain.toString()] ?? null);
}

/** Everything below a type, so many levels deep; IDs of every node included. */
function selectionOf(type: GraphQLOutputType, levels: number): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (isInterfaceType(named)) return ' { __typename id }';
  if (!isObjectType(named)) return ' { __typename }';
  const all = Object.values(named.getFields());
  const hasNodes = all.some((field) => field.name === 'nodes');
  const fields = all.flatMap((field) => {
    if (hasNodes && field.name === 'edges') return [];
    if (!isLeafType(getNamedType(field.type)) && levels === 0) return [];
    if (idPaths(field.args).length > 0) return [];
    return [`${field.name}${argumentsOf(field.args, () => '')}${selectionOf(field.type, levels - 1)}`];
  });
  return ` { __typename ${fields.join(' ')} }`;
}
