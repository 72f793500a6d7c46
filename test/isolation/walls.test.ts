import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor, Context } from '../../src/context.ts';
import type { GraphQLContext } from '../../src/schema/builder.ts';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { ask, requestContext, withoutFilter, withoutRowSecurity } from './execute.ts';
import { ownDocuments, probes } from './probes.ts';
import type { Competition, Competitor, NodeType } from './world.ts';
import { leaksIn, NODE_TABLES, startCompetition, traces } from './world.ts';

const PAIRS = 1_000;
const TYPES = Object.keys(NODE_TABLES) as NodeType[];

let world: Competition;
/** As the server has it before it knows who asks: the database that sees everything. */
let ctx: Context;
beforeAll(async () => {
  world = await startCompetition();
  ctx = world.test.system;
}, 60_000);
afterAll(() => world.test.stop());

const own =
  ({ nodes }: Competitor) =>
  (type: NodeType) =>
    encodeNodeId(type, nodes[type]);

const nodeOf = (type: NodeType, owner: Competitor) => `{ node(id: "${own(owner)(type)}") { id __typename } }`;

type Viewer = Extract<Actor, { kind: 'API_KEY' }>;

describe.each([
  ['with both walls', requestContext],
  ['with the filter removed, row-level security alone', withoutFilter],
  ['with row-level security off, the filter alone', withoutRowSecurity],
] as [string, (ctx: Context, actor: Viewer) => GraphQLContext][])('%s', (_what, contextFor) => {
  it.each(probes().filter(({ operation }) => operation === 'query'))(
    '$name of B asked by A shows nothing of B',
    async ({ type, document }) => {
      const { a, b } = world;
      const answer = JSON.stringify(await ask(contextFor(ctx, a.viewer), document(own(b)(type), own(a))));
      for (const trace of traces(b)) expect(answer).not.toContain(trace);
    },
  );

  it('no list that A reads holds anything of B', async () => {
    const { a, b } = world;
    for (const { name, operation, document } of ownDocuments(own(a))) {
      if (operation !== 'query') continue;
      const answer = JSON.stringify(await ask(contextFor(ctx, a.viewer), document));
      expect({ name, leaks: leaksIn(answer, b) }).toEqual({ name, leaks: [] });
    }
  });

  it.each(TYPES)(`%s: ${PAIRS} pairs of A and B in the same tick, no leak`, async (type) => {
    const { a, b } = world;
    const asked = Array.from({ length: PAIRS }, (_, index) => {
      const [asker, other] = index % 2 === 0 ? [a, b] : [b, a];
      return Promise.all([
        ask(contextFor(ctx, asker.viewer), nodeOf(type, asker)),
        ask(contextFor(ctx, asker.viewer), nodeOf(type, other)),
      ]);
    });
    const answers = await Promise.all(asked);
    const seen = answers.map(([mine, theirs]) => [idIn(mine.data), idIn(theirs.data)]);
    const expected = answers.map((_, index) => [own(index % 2 === 0 ? a : b)(type), null]);
    expect(seen).toEqual(expected);
  });
});

function idIn(data: unknown): string | null {
  return (data as { node: { id: string } | null } | null)?.node?.id ?? null;
}
