import {
  getOperationAST,
  GraphQLInt,
  GraphQLObjectType,
  GraphQLSchema,
  OperationTypeNode,
  parse,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asSystem } from '../../src/context.ts';
import type { GraphQLContext } from '../../src/schema/builder.ts';
import type { Admitted } from '../../src/server/admit.ts';
import { LIMITS } from '../../src/server/limits.ts';
import type { LiveStream } from '../../src/server/liveStream.ts';
import { trackSubscriptions } from '../../src/server/openSubscriptions.ts';
import { createPerformance } from '../../src/server/perform.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp({ jobs: false });
});
afterAll(() => test.stop());

type Subscribe = () => AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>;
type Resolve = (event: unknown, args: object, ctx: GraphQLContext) => number;

function schemaOf(subscribe: Subscribe, resolve: Resolve): GraphQLSchema {
  const tick = { type: GraphQLInt, subscribe, resolve };
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { tick: { type: GraphQLInt } } }),
    subscription: new GraphQLObjectType({ name: 'Subscription', fields: { tick } }),
  });
}

function admittedTo(schema: GraphQLSchema): Admitted {
  const document = parse('subscription { tick }');
  const operation = getOperationAST(document);
  if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) throw new Error('not a subscription');
  const transport = {
    authorization: null,
    cookie: null,
    fromOwnPage: false,
    origin: null,
    readOnly: false,
    reply: null,
  };
  const { actor } = asSystem(test.app.ctx, 'test');
  return { schema, document, operation, operationName: null, variables: {}, actor, transport };
}

function performing(deadlineMs = 1_000) {
  const open = trackSubscriptions(test.app.ctx);
  return createPerformance(test.app.ctx, { limits: { ...LIMITS, deadlineMs }, open });
}

describe('a subscription', () => {
  it('loads anew for each event', async () => {
    const seen = new Set<unknown>();
    async function* events() {
      yield* await Promise.resolve([1, 2, 3]);
    }
    const schema = schemaOf(events, (_event, _args, ctx) => seen.add(ctx.loaders).size);
    const stream = await performing()(admittedTo(schema));
    const answers = [];
    for await (const { data } of stream as LiveStream) answers.push(data?.['tick']);
    expect(answers).toEqual([1, 2, 3]);
  });

  it('whose source comes after the deadline ends it', async () => {
    let open = (_source: AsyncIterable<unknown>) => {};
    const opening = new Promise<AsyncIterable<unknown>>((resolve) => (open = resolve));
    const schema = schemaOf(
      () => opening,
      () => 0,
    );
    const performed = await performing(5)(admittedTo(schema));
    expect(performed).toMatchObject({ errors: [{ extensions: { code: 'TIMEOUT' } }] });
    const source = test.app.ctx.pubsub.subscribe('runFinished');
    open(source);
    expect(await source.next()).toEqual({ done: true, value: undefined });
  });
});
