import type { GraphQLInterfaceType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { schema } from '../../src/schema/index.ts';
import { rootFields } from '../support/rootFields.ts';
import { ownDocuments, probes } from './probes.ts';
import { TRANSPORTS } from './transports.ts';
import type { Competition, Competitor, NodeType } from './world.ts';
import { ADMIN_NODES, leaksIn, missingId, NODE_TABLES, startCompetition, traces } from './world.ts';

let world: Competition;
beforeAll(async () => {
  world = await startCompetition();
}, 60_000);
afterAll(() => world.test.stop());

const own =
  ({ nodes }: Competitor) =>
  (type: NodeType) =>
    encodeNodeId(type, nodes[type]);

it('knows every type of node: a new one has to be probed', () => {
  const node = schema.getType('Node') as GraphQLInterfaceType;
  const types = schema.getPossibleTypes(node).map((type) => type.name);
  expect(types.toSorted()).toEqual([...Object.keys(NODE_TABLES), ...ADMIN_NODES].toSorted());
});

describe.each(Object.entries(TRANSPORTS))('over %s', (_name, { ask, operations }) => {
  const asked = probes().filter((probe) => operations.includes(probe.operation));

  it.each(asked)('$name of B asked by A answers as a missing id does', async ({ type, document }) => {
    const { test, a, b } = world;
    const theirs = await ask({ test, key: a.viewerKey, document: document(own(b)(type), own(a)) });
    const missing = await ask({ test, key: a.viewerKey, document: document(missingId(type), own(a)) });
    expect(theirs).toBe(missing);
    for (const trace of traces(b)) expect(theirs).not.toContain(trace);
  });

  it.each(asked.filter((probe) => probe.operation === 'query'))(
    '$name of A asked by A is another answer than a missing one: the probe can fail',
    async ({ type, document }) => {
      const { test, a } = world;
      const mine = await ask({ test, key: a.viewerKey, document: document(own(a)(type), own(a)) });
      const missing = await ask({ test, key: a.viewerKey, document: document(missingId(type), own(a)) });
      expect(mine).not.toBe(missing);
    },
  );

  it('nothing of B stands in any list that A may read', async () => {
    const { test, a, b } = world;
    const documents = ownDocuments(own(a)).filter(({ operation }) => operation === 'query');
    for (const { name, document } of documents.filter(() => operations.includes('query'))) {
      const answer = await ask({ test, key: a.viewerKey, document });
      expect({ name, leaks: leaksIn(answer, b) }).toEqual({ name, leaks: [] });
    }
  });

  it('an admin sees both', async () => {
    const { test, a, b } = world;
    const answer = await ask({ test, key: test.adminKey, document: '{ clients { nodes { id } } }' });
    for (const competitor of [a, b]) expect(answer).toContain(own(competitor)('Client'));
  });

  it.each(rootFields().filter(({ operation, isPublic }) => !isPublic && operations.includes(operation)))(
    '$operation $name without a key tells nothing',
    async ({ document }) => {
      const { test, a, b } = world;
      const answer = await ask({ test, key: null, document });
      expect(answer).toMatch(/UNAUTHENTICATED|Send an API key/);
      for (const trace of [...traces(a), ...traces(b)]) expect(answer).not.toContain(trace);
    },
  );
});
