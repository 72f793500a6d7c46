import { Buffer } from 'node:buffer';
import type { Asked } from '../support/ways.ts';

/** A request that must be turned away before anything is executed. */
export interface Hostile extends Asked {
  kind: string;
  /** Distinguishes it from others of its kind. */
  size: number;
}

const RANGE = 'range: { from: "2026-10-01", to: "2026-10-31" }';
const CLIENT = Buffer.from('Client:00000000-0000-4000-8000-000000000000').toString('base64url');
const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');

function deep(levels: number): string {
  const rounds = Math.ceil(levels / 3);
  const down = `coverage(${RANGE}) { missing { account { `.repeat(rounds);
  return `{ clients { nodes { accounts { ${down} name ${'} } } '.repeat(rounds)} } } }`;
}

function pages(first: number, argument = String(first)): string {
  return `(clientId: "${CLIENT}", ${RANGE}, first: ${argument}) { nodes { adSets(first: ${argument}) { nodes { id } } ads(first: ${argument}) { edges { node { id } } } } } }`;
}

function introspection(rounds: number): string {
  return `{ __schema { types { ${'fields { type { '.repeat(rounds)} name ${'} } '.repeat(rounds)} } } }`;
}

function nested(levels: number): string {
  return `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
}

const small = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233];

const KINDS: Record<string, (step: number) => Asked> = {
  depth: (step) => ({ query: deep(13 + step) }),
  aliases: (step) => ({ query: `{ ${times(15 + step, (i) => `a${i}: viewer { name }`)} }` }),
  'fragments that double': (step) => ({
    query: `{ ...F0 } ${times(13 + Math.min(step, 60), (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F${13 + Math.min(step, 60)} on Query { viewer { name } }`,
  }),
  'fragments in a circle': (step) => ({
    query: `{ ...F0 } ${times(step, (i) => `fragment F${i} on Query { viewer { name } ...F${(i + 1) % step} }`)}`,
  }),
  directives: (step) => ({
    query: `{ viewer { ${times(20 + step, () => '... @include(if: true) { name }')} } }`,
  }),
  tokens: (step) => ({ query: `{ ${times(250 + step, () => '... on Query { viewer { name } }')} }` }),
  'cost by first': (step) => ({ query: `{ campaigns${pages(Math.min(50 + step, 100))} }` }),
  'cost by a variable': (step) => ({
    query: `query ($n: Int!) { campaigns${pages(0, '$n')} }`,
    variables: { n: Math.min(50 + step, 100) },
  }),
  'long variables': (step) => ({
    query: 'query ($ids: [String!]) { clients(search: "x") { nodes { id } } viewer { name } }',
    variables: { ids: Array.from({ length: 2_000 + step }, () => 1) },
  }),
  'deep variables': (step) => ({
    query: '{ viewer { name } }',
    variables: JSON.parse(nested(12 + step * 4)) as unknown,
  }),
  batches: (step) => ({
    raw: JSON.stringify(Array.from({ length: step }, () => ({ query: '{ viewer { name } }' }))),
  }),
  'repeated fields': (step) => ({ query: `{ viewer { ${times(16 + step * 2, () => 'name')} } }` }),
  'deep introspection': (step) => ({ query: introspection(2 + Math.min(step, 100)) }),
  'unknown fields': (step) => ({ query: `{ viewer { ${times(Math.min(step, 15), (i) => `nam${i}`)} } }` }),
  'not UTF-8': (step) => ({
    raw: Buffer.concat([
      Buffer.from('{"query":"{ viewer { name } } #'),
      Buffer.alloc(step, 0xff),
      Buffer.from('"}'),
    ]),
  }),
  'not JSON': (step) => ({ raw: `{"query":"{ viewer { name } }"${','.repeat(step)}` }),
  'too long': (step) => ({ query: `{ viewer { name } } #${'x'.repeat(300_000 + step)}` }),
};

/** 204 of them, twelve of each kind; the larger ones would take long to execute. */
export const HOSTILE: readonly Hostile[] = Object.entries(KINDS).flatMap(([kind, make]) =>
  small.map((size) => ({ kind, size, ...make(size) })),
);
