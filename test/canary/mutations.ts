import type { GraphQLArgument, GraphQLInputType, GraphQLOutputType } from 'graphql';
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { schema } from '../../src/schema/index.ts';
import type { Canaries } from './canaries.ts';

/** A request to the API. */
export interface Call {
  name: string;
  query: string;
  variables: Record<string, unknown>;
}

/** What an argument of a type and a name gets. */
export type Filling = (type: string, name: string) => unknown;

const SECRET = /token|secret|password|code|key/i;

/** Which canary belongs into an argument: a secret where one is asked for, another one elsewhere. */
function canaryFor(canaries: Canaries, name: string): string {
  if (/email/i.test(name)) return canaries['email'] ?? '';
  return (SECRET.test(name) ? canaries['argument'] : canaries['text']) ?? '';
}

const OTHERS: Record<string, unknown> = {
  Int: 1,
  Boolean: true,
  Date: '2026-10-01',
  DateTime: '2126-10-01T00:00:00Z',
};

/** Words that are good wherever nothing secret is asked for, so that a call comes as far as it can. */
const PLAUSIBLE: Record<string, string> = { timezone: 'UTC', currency: 'EUR' };

/** Every mutation of the schema that takes a text, called in every way that could make somebody repeat the text. */
export function hostileCalls(canaries: Canaries, ids: Readonly<Record<string, string>>): Call[] {
  const canary = (name: string) => canaryFor(canaries, name);
  const fillings: Record<string, Filling> = {
    canary: (type, name) => OTHERS[type] ?? canary(name),
    NUL: (type, name) => OTHERS[type] ?? `${canary(name)}\u0000x`,
    surrogate: (type, name) => OTHERS[type] ?? `${canary(name)}\ud800`,
    long: (type, name) => OTHERS[type] ?? canary(name).repeat(500),
    plausible: (type, name) => OTHERS[type] ?? ids[name] ?? PLAUSIBLE[name] ?? canary(name),
    'plausible NUL': (type, name) =>
      OTHERS[type] ?? ids[name] ?? PLAUSIBLE[name] ?? `${canary(name)}-1234\u0000`,
    'as an object': (type, name) => OTHERS[type] ?? { text: canary(name) },
  };
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
  return mutations
    .filter((field) => field.args.some((arg) => takesText(arg.type)))
    .flatMap((field) => {
      const query = documentOf(field.name, field.args, selection(field.type));
      const filled = Object.entries(fillings).map(([name, filling]) => ({
        name: `${field.name}, ${name}`,
        query,
        variables: valuesOf(field.args, filling),
      }));
      const variables = valuesOf(field.args, fillings['canary'] as Filling);
      return [...filled, ...incomplete(field.name, query, variables), ...written(field.name, variables)];
    });
}

/** Without one required value GraphQL itself complains, and has the others at hand. */
function incomplete(name: string, query: string, variables: Record<string, unknown>): Call[] {
  return Object.entries(variables).flatMap(([arg, value]) => {
    if (typeof value !== 'object' || value === null) return [];
    return Object.keys(value).map((missing) => ({
      name: `${name} without ${missing}`,
      query,
      variables: {
        ...variables,
        [arg]: { ...Object.fromEntries(Object.entries(value).filter(([key]) => key !== missing)), extra: 1 },
      },
    }));
  });
}

/** The same texts in the document itself: good, of wrong types, and where no text may stand. */
function written(name: string, variables: Record<string, unknown>): Call[] {
  const text = Object.entries(variables)
    .map(([key, value]) => `${key}: ${literal(value)}`)
    .join(', ');
  const forms = {
    plain: text,
    nested: text.replaceAll(/: ("[^"]*")/g, ': { text: $1 }'),
    doubled: text.replaceAll(/: ("[^"]*")/g, ': $1 $1'),
    open: text.replaceAll(/: "([^"]*)"/g, ': "$1\\q"'),
    bare: text.replaceAll('"', ''),
  };
  return Object.entries(forms).map(([form, args]) => ({
    name: `${name}, written ${form}`,
    query: `mutation { ${name}(${args}) { __typename } }`,
    variables: {},
  }));
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, entry]) => `${key}: ${literal(entry)}`)
    .join(', ')} }`;
}

function documentOf(name: string, args: readonly GraphQLArgument[], selected: string): string {
  const declared = args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
  const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  return `mutation (${declared}) { ${name}(${passed})${selected} }`;
}

function takesText(type: GraphQLInputType, seen: readonly string[] = []): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return ['String', 'ID'].includes(named.name);
  if (seen.includes(named.name)) return false;
  return Object.values(named.getFields()).some((field) => takesText(field.type, [...seen, named.name]));
}

function valuesOf(
  fields: readonly { name: string; type: GraphQLInputType }[],
  filling: Filling,
): Record<string, unknown> {
  return Object.fromEntries(fields.map(({ name, type }) => [name, valueOf(type, name, filling)]));
}

function valueOf(type: GraphQLInputType, name: string, filling: Filling): unknown {
  const plain = getNullableType(type);
  if (isListType(plain)) return [valueOf(plain.ofType, name.replace(/s$/, ''), filling)];
  if (isEnumType(plain)) return plain.getValues()[0]?.name;
  if (isInputObjectType(plain)) return valuesOf(Object.values(plain.getFields()), filling);
  return filling(plain.name, name);
}

/** What is asked of an object: every field without required arguments, `deep` objects down. */
export function selection(type: GraphQLOutputType, deep = 1): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (!isObjectType(named)) return ' { __typename }';
  const fields = Object.values(named.getFields())
    .filter((field) => field.args.every((arg) => !isNonNullType(arg.type)))
    .filter((field) => isLeafType(getNamedType(field.type)) || deep > 0)
    .filter((field) => !SHOWN_ONCE.test(field.name))
    .map((field) => `${field.name}${selection(field.type, deep - 1)}`);
  return ` { __typename ${fields.join(' ')} }`;
}

/** The fields that are there to show a new secret. */
const SHOWN_ONCE = /^(?:secret|invitationToken|authorizationUrl|url)$/;

/** Everything that can be read, as deep as the limits let one look. */
export function readCalls(values: Readonly<Record<string, unknown>>, deep: number): Call[] {
  return Object.values(schema.getQueryType()?.getFields() ?? {}).map((field) => {
    const args = field.args.filter((arg) => isNonNullType(arg.type) || arg.name in values);
    const declared = args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
    const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
    const [head, tail] = args.length > 0 ? [`query (${declared})`, `(${passed})`] : ['query', ''];
    return {
      name: field.name,
      query: `${head} { ${field.name}${tail}${selection(field.type, deep)} }`,
      variables: Object.fromEntries(args.map((arg) => [arg.name, values[arg.name]])),
    };
  });
}
