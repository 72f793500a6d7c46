import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { listen, requestContext, withoutFilter, withoutRowSecurity } from './execute.ts';
import { waitFor } from '../support/waitFor.ts';
import type { Competition, Competitor } from './world.ts';
import { startCompetition } from './world.ts';

const PAIRS = 1_000;
const DOCUMENT = 'subscription { syncCompleted { id } }';

let world: Competition;
let ctx: Context;
beforeAll(async () => {
  world = await startCompetition();
  ctx = world.test.system;
}, 60_000);
afterAll(() => world.test.stop());

/** Finished runs of a client, as rows: what the events are about. */
async function finishedRuns({ clientId }: Competitor): Promise<string[]> {
  const { rows } = await ctx.db.pool.query<{ id: string }>(
    `INSERT INTO runs (kind, trigger, status, client_id, work_key, requested_by, finished_at)
     SELECT 'ADS_SYNC', 'MANUAL', 'SUCCEEDED', $1, 'fan-out ' || n, 'test', now() FROM generate_series(1, $2) AS n
     RETURNING id`,
    [clientId, PAIRS],
  );
  return rows.map((row) => row.id);
}

interface Hearing {
  heard: string[];
  /** Ends with the last event of its own. */
  done: Promise<void>;
}

/** Subscribes, and hears until the run `last`. */
async function hear(context: ReturnType<typeof requestContext>, last: string): Promise<Hearing> {
  const events = await listen(context, DOCUMENT);
  const heard: string[] = [];
  const done = (async () => {
    for await (const { data, errors } of events) {
      if (errors) heard.push(`error: ${errors[0]?.message ?? ''}`);
      else heard.push((data as { syncCompleted: { id: string } }).syncCompleted.id);
      if (heard.at(-1) === last) break;
    }
  })();
  return { heard, done };
}

it.each([
  ['with both walls', requestContext],
  ['with row-level security off, the filter alone', withoutRowSecurity],
] as const)(
  `${PAIRS} pairs of events %s: each hears its own, all of them, and nothing else`,
  async (_what, contextFor) => {
    const { a, b } = world;
    const [ofA, ofB] = [await finishedRuns(a), await finishedRuns(b)];
    const ids = (runs: string[]) => runs.map((id) => encodeNodeId('SyncRun', id));
    const byA = await hear(contextFor(ctx, a.viewer), ids(ofA).at(-1) ?? '');
    const byB = await hear(contextFor(ctx, b.viewer), ids(ofB).at(-1) ?? '');
    for (const [index, runId] of ofA.entries()) {
      ctx.pubsub.publish('runFinished', { runId, clientId: a.clientId });
      ctx.pubsub.publish('runFinished', { runId: ofB[index] ?? '', clientId: b.clientId });
      // Fifty pairs at once; who falls behind is closed, and that is another promise's test.
      if (index % 50 === 49)
        await waitFor(() => byA.heard.length > index && byB.heard.length > index, { what: 'both' });
    }
    await Promise.all([byA.done, byB.done]);
    expect(byA.heard).toEqual(ids(ofA));
    expect(byB.heard).toEqual(ids(ofB));
  },
);

it('with the filter removed an event of the other client is refused by the database, not shown', async () => {
  const { a, b } = world;
  const [ofB = ''] = await finishedRuns(b);
  const [ofA = ''] = await finishedRuns(a);
  const mine = encodeNodeId('SyncRun', ofA);
  const hearing = await hear(withoutFilter(ctx, a.viewer), mine);
  ctx.pubsub.publish('runFinished', { runId: ofB, clientId: b.clientId });
  ctx.pubsub.publish('runFinished', { runId: ofA, clientId: a.clientId });
  await hearing.done;
  expect(hearing.heard).toEqual(['error: No such sync run.', mine]);
});
