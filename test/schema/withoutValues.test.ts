import { buildSchema, execute, GraphQLError, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { withoutValues } from '../../src/schema/withoutValues.ts';

const schema = buildSchema(`
  enum Role { ADMIN VIEWER }
  input In { token: String! role: Role count: Int inner: In list: [In!] }
  type Query { ask(input: In, token: String, count: Int): Boolean }
`);

function messages(document: string, variables: Record<string, unknown> = {}): string[] {
  try {
    const parsed = parse(document);
    const invalid = validate(schema, parsed);
    if (invalid.length > 0) return invalid.map((error) => error.message);
    const result = execute({ schema, document: parsed, variableValues: variables });
    if (result instanceof Promise) throw new Error('It takes no time.');
    return (result.errors ?? []).map((error) => error.message);
  } catch (error) {
    if (error instanceof GraphQLError) return [error.message];
    throw error;
  }
}

const WITH_INPUT = 'query ($input: In) { ask(input: $input) }';
const S = 'hunter2';

describe('what was sent is not repeated', () => {
  it.each([
    ['a missing field', WITH_INPUT, { input: { inner: { token: S } } }, 'Variable "$input" is not valid'],
    ['an unknown field', WITH_INPUT, { input: { token: S, more: S } }, 'Field "more" is not defined'],
    ['deep inside', WITH_INPUT, { input: { token: S, list: [{ inner: { token: S } }] } }, 'input.list[0]'],
    ['another type', WITH_INPUT, { input: { token: { a: S } } }, 'at "input.token"; String cannot represent'],
    [
      'a text for a number',
      'query ($count: Int) { ask(count: $count) }',
      { count: S },
      'Int cannot represent',
    ],
    ['no object', WITH_INPUT, { input: S }, 'Expected type "In" to be an object'],
    ['a list', 'query ($token: String) { ask(token: $token) }', { token: [S] }, 'String cannot represent'],
    [
      'words that look like the end',
      WITH_INPUT,
      { input: { inner: { token: `a; Field "${S}` } } },
      'was not provided',
    ],
  ])('in variables: %s', (_name, document, variables, kept) => {
    const raw = messages(document, variables);
    expect(raw.join(), 'graphql repeats it').toContain(S);
    expect(raw.map(withoutValues).join()).not.toContain(S);
    expect(raw.map(withoutValues).join()).toContain(kept);
  });

  it.each([
    [`{ ask(token: { a: "${S}" }) }`, 'String cannot represent a non string value.'],
    [`{ ask(input: "${S}") }`, 'Expected value of type "In".'],
    [`{ ask(token: "a" "${S}") }`, 'found String.'],
    [`{ ask "${S}" }`, 'found String.'],
    [`{ ask(token: ["${S}"]) }`, 'cannot represent'],
    [`{ ask(count: "${S}") }`, 'Int cannot represent non-integer value.'],
  ])('in the document %s', (document, kept) => {
    const raw = messages(document);
    expect(raw.join(), 'graphql repeats it').toContain(S);
    expect(raw.map(withoutValues).join()).not.toContain(S);
    expect(raw.map(withoutValues).join()).toContain(kept);
  });
});

it('leaves other messages as they are', () => {
  for (const message of [
    'Cannot query field "secret" on type "Query".',
    'Field "In.token" of required type "String!" was not provided.',
    'Value "OWNER" does not exist in "Role" enum.',
    'Syntax Error: Expected Name, found <EOF>.',
  ]) {
    expect(withoutValues(message)).toBe(message);
  }
});
