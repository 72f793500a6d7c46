import fc from 'fast-check';
import { buildSchema, getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createDocuments } from '../../src/server/documents.ts';
import { LIMITS } from '../../src/server/limits.ts';
import { measure } from '../../src/server/measure.ts';

const NOTHING = { depth: 0, introspectionDepth: 0, aliases: 0, directives: 0, repeats: 0, fields: 0 };

describe('measure', () => {
  it.each([
    ['{ a }', { depth: 1, fields: 1 }],
    ['{ a { b { c } } d }', { depth: 3, fields: 4 }],
    ['{ x: a y: b { z: c } }', { depth: 2, fields: 3, aliases: 3 }],
    [
      'query Q($v: Int @d) @d { a @d ... @d { b } ...F @d } fragment F on T @d { c }',
      { depth: 1, fields: 3, directives: 6 },
    ],
    ['{ a a b: a b { c c c } }', { depth: 2, fields: 7, aliases: 1, repeats: 4 }],
    ['{ ...F ...F } fragment F on T { x: a { b } }', { depth: 2, fields: 4, aliases: 2 }],
    ['{ ...F } fragment F on T { a { ...G } } fragment G on T { b { c } }', { depth: 3, fields: 3 }],
    ['{ __schema { types { name } } a { b } }', { depth: 2, introspectionDepth: 3, fields: 5 }],
    ['query A { a } query B { b { c { d } } }', { depth: 3, fields: 3 }],
    ['{ ...Unknown }', {}],
  ])('%s', (text, expected) => {
    expect(measure(parse(text))).toEqual({ ...NOTHING, ...expected });
  });

  it.each([
    '{ ...F } fragment F on T { ...F }',
    '{ a } fragment F on T { b { ...G } } fragment G on T { ...F }',
  ])('refuses %s', (text) => {
    expect(() => measure(parse(text))).toThrow('contains itself');
  });

  it('counts what doubling fragments would write out, without writing it out', () => {
    const doubling = Array.from(
      { length: 200 },
      (_, i) => `fragment F${i} on T { ...F${i + 1} ...F${i + 1} }`,
    );
    const text = `{ ...F0 } ${doubling.join(' ')} fragment F200 on T { a }`;
    expect(measure(parse(text)).fields).toBe(2 ** 200);
  });

  it('gives a fragment the same measure as its fields written in its place', () => {
    const fields = fc.array(fc.constantFrom('a', 'x: b', 'c @d { e }', '... on T { f }'), { minLength: 1 });
    fc.assert(
      fc.property(fields, (list) => {
        const inner = list.map((field, index) => `f${index} { ${field} }`).join(' ');
        const apart = measure(parse(`{ a { ...F } } fragment F on T { ${inner} }`));
        expect(apart).toEqual(measure(parse(`{ a { ${inner} } }`)));
      }),
    );
  });
});

describe('documents', () => {
  const documents = createDocuments(buildSchema('type Query { a: Query, b: String }'), LIMITS);

  it('lets through what the usual tools ask of the schema', () => {
    const text = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    expect(documents.check(documents.read(text), true)).toEqual([]);
  });

  it('reads a text once, and judges it anew for who may not ask for the schema', () => {
    const text = '{ __schema { queryType { name } } }';
    expect(documents.read(text)).toBe(documents.read(text));
    expect(documents.check(documents.read(text), true)).toEqual([]);
    expect(documents.check(documents.read(text), false)).not.toEqual([]);
    expect(documents.check(documents.read(text), true)).toEqual([]);
  });
});
