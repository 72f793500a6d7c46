import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/services/clients/create.ts';
import { encodeNodeId } from '../../src/schema/ids.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import type { Asked } from '../support/ways.ts';
import { openRawSocket, WAYS } from '../support/ways.ts';
import { createDocuments } from '../../src/server/documents.ts';
import { LIMITS } from '../../src/server/limits.ts';
import { schema } from '../../src/schema/index.ts';
import { waitFor } from '../support/waitFor.ts';

let test: TestApp;
let target: { url: string; key: string };
let clientId: string;

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  target = { url: test.graphqlUrl, key: test.adminKey };
  const client = await createClient(test.system, { name: 'Limited', timezone: 'UTC', currency: 'EUR' });
  clientId = encodeNodeId('Client', client.id);
});
afterAll(() => test.stop());

const RANGE = 'range: { from: "2026-10-01", to: "2026-10-31" }';
const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');
const down = (rounds: number, end: string) =>
  `{ clients(first: 1) { nodes { accounts { ${`coverage(${RANGE}) { missing(first: 1) { account { `.repeat(rounds)} ${end} ${'} } }'.repeat(rounds)} } } } }`;
const nest = (levels: number): unknown => (levels === 0 ? 1 : { a: nest(levels - 1) });
const campaigns = (inner: string) =>
  `query ($c: ID!) { campaigns(clientId: $c, ${RANGE}, first: 100) { ${inner} } }`;

/** The last that goes through, the first that does not, and what is said of it. */
const EDGES: [string, () => Asked, () => Asked, RegExp][] = [
  [
    'depth',
    () => ({ query: down(2, `coverage(${RANGE}) { missing(first: 1) { date } }`) }),
    () => ({ query: down(3, 'name') }),
    /depth of the document is 13, the limit is 12/,
  ],
  [
    'introspection',
    () => ({ query: `{ __schema { types { ${'ofType { '.repeat(12)} name ${'} '.repeat(12)} } } }` }),
    () => ({ query: `{ __schema { types { ${'ofType { '.repeat(13)} name ${'} '.repeat(13)} } } }` }),
    /depth of the introspection is 16, the limit is 15/,
  ],
  [
    'aliases',
    () => ({ query: `{ ${times(15, (i) => `a${i}: __typename`)} }` }),
    () => ({ query: `{ ${times(16, (i) => `a${i}: __typename`)} }` }),
    /aliases is 16, the limit is 15/,
  ],
  [
    'directives',
    () => ({ query: `{ ${times(20, () => '... @include(if: true) { __typename }')} }` }),
    () => ({ query: `{ ${times(21, () => '... @include(if: true) { __typename }')} }` }),
    /directives is 21, the limit is 20/,
  ],
  [
    'repeated fields',
    () => ({ query: `{ ${times(16, () => '__typename')} }` }),
    () => ({ query: `{ ${times(17, () => '__typename')} }` }),
    /repeated fields is 16, the limit is 15/,
  ],
  [
    'tokens',
    () => ({ query: `{ ${'...F '.repeat(992)} } fragment F on Query { __typename }` }),
    () => ({ query: `{ ${'...F '.repeat(1000)} } fragment F on Query { __typename }` }),
    /more that 2000 tokens/,
  ],
  [
    'fields written out',
    () => ({
      query: `{ ...F0 } ${times(12, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F12 on Query { __typename }`,
    }),
    () => ({
      query: `{ ...F0 } ${times(13, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F13 on Query { __typename }`,
    }),
    /number of fields is 8192, the limit is 5000/,
  ],
  [
    'cost',
    () => ({ query: campaigns('nodes { adSets(first: 47) { nodes { id } } }'), variables: { c: clientId } }),
    () => ({ query: campaigns('nodes { adSets(first: 49) { nodes { id } } }'), variables: { c: clientId } }),
    /cost of the operation is 5101, the limit is 5000/,
  ],
  [
    'cost, of a list without "first"',
    () => ({ query: '{ clients(first: 100) { nodes { accounts { name } } } }' }),
    () => ({
      query: campaigns('nodes { adSets { nodes { id } } ads { nodes { id } } }'),
      variables: { c: clientId },
    }),
    /cost of the operation is 5301, the limit is 5000/,
  ],
  [
    'depth of variables',
    () => ({ query: '{ __typename }', variables: nest(11) }),
    () => ({ query: '{ __typename }', variables: nest(13) }),
    /depth of the variables passes the limit of 12/,
  ],
  [
    'number of variables',
    () => ({ query: '{ __typename }', variables: { a: Array.from({ length: 1_999 }, () => 1) } }),
    () => ({ query: '{ __typename }', variables: { a: Array.from({ length: 2_000 }, () => 1) } }),
    /number of values in the variables passes the limit of 2000/,
  ],
];

describe.each(Object.entries(WAYS))('over %s', (_name, ask) => {
  it.each(EDGES)('the limit of %s is where it is said to be', async (_what, inside, outside, says) => {
    const allowed = await ask(target, inside());
    expect(allowed.messages).toEqual([]);
    expect(allowed.data).not.toBeNull();
    const refused = await ask(target, outside());
    expect(refused.messages[0]).toMatch(says);
    expect(refused.codes[0]).toBe('BAD_USER_INPUT');
    expect(refused.data).toBeNull();
  });
});

describe('cost', () => {
  it('is in the refusal, with the limit', async () => {
    const query = campaigns('nodes { adSets(first: 100) { nodes { id } } }');
    const { text } = await WAYS.POST(target, { query, variables: { c: clientId } });
    expect(text).toContain('"cost":10201');
    expect(text).toContain('"limit":5000');
  });

  it('is that of the operation that is meant', async () => {
    const query = `${campaigns('nodes { adSets(first: 100) { nodes { id } } }').replace('query', 'query Dear')} query Cheap { __typename }`;
    const cheap = await WAYS.POST(target, { query, operationName: 'Cheap' });
    const dear = await WAYS.POST(target, { query, operationName: 'Dear', variables: { c: clientId } });
    expect([cheap.codes, dear.codes]).toEqual([[], ['BAD_USER_INPUT']]);
  });
});

describe('size', () => {
  it('a body over 256 kB is HTTP 413', async () => {
    const query = (length: number) => `{ __typename } #${'x'.repeat(length)}`;
    expect((await WAYS.POST(target, { query: query(255 * 1024) })).status).toBe(200);
    const { status, codes } = await WAYS.POST(target, { query: query(256 * 1024) });
    expect([status, codes]).toEqual([413, ['BAD_USER_INPUT']]);
  });

  it('a message over 64 kB closes the socket with 1009', async () => {
    const query = (length: number) => `{ __typename } #${'x'.repeat(length)}`;
    expect((await WAYS.WebSocket(target, { query: query(63 * 1024) })).closed).toBeNull();
    expect((await WAYS.WebSocket(target, { query: query(64 * 1024) })).closed).toBe(1009);
  });

  it('an address over 8 kB is HTTP 414', async () => {
    const query = (length: number) => `{__typename}#${'x'.repeat(length)}`;
    expect((await WAYS.GET(target, { query: query(8_000) })).status).toBe(200);
    const { status, codes } = await WAYS.GET(target, { query: query(8_192) });
    expect([status, codes]).toEqual([414, ['BAD_USER_INPUT']]);
  });

  it('a document that is too long to keep is read all the same', () => {
    const documents = createDocuments(schema, LIMITS);
    const long = `{ __typename } #${'x'.repeat(20_000)}`;
    expect(documents.read(long)).not.toBe(documents.read(long));
  });
});

describe('a socket', () => {
  it('has at most 50 operations open', async () => {
    const socket = await openRawSocket(target);
    const answers: { id: string; type: string; payload: { extensions: { code: string } }[] }[] = [];
    socket.on('message', (text: Buffer) =>
      answers.push(JSON.parse(text.toString('utf8')) as (typeof answers)[number]),
    );
    const subscribe = (id: number) =>
      socket.send(
        JSON.stringify({
          id: String(id),
          type: 'subscribe',
          payload: { query: 'subscription { syncCompleted { id } }' },
        }),
      );
    for (let id = 1; id <= 51; id++) subscribe(id);
    await waitFor(() => answers.length > 0 && test.app.http.subscriptions() === 50, {
      what: '50 subscriptions',
    });
    expect(answers.map(({ id, type, payload }) => [id, type, payload[0]?.extensions.code])).toEqual([
      ['51', 'error', 'RATE_LIMITED'],
    ]);
    socket.close();
    await waitFor(() => test.app.http.subscriptions() === 0, { what: 'the subscriptions to end' });
  });
});
