import { afterEach, describe, expect, test } from 'vitest';
import { createGraph } from '../../../../src/connectors/ads/meta/api.ts';
import { finished, startReport } from '../../../../src/connectors/ads/meta/report.ts';
import type { TestServer } from '../../../lib/httpServer.ts';
import type { Reply } from './graphServer.ts';
import { ACCESS, failureOf, graphOptions, QUICK_PATIENCE, refused, startGraph } from './graphServer.ts';

let server: TestServer;
afterEach(() => server.close());

const state = (async_status: string, async_percent_completion: number, more: object = {}): Reply => ({
  body: { id: '7', async_status, async_percent_completion, ...more },
});

async function graphOf(replies: Reply[]) {
  server = await startGraph(replies);
  return createGraph(graphOptions(server.url));
}

async function waitFor(replies: Reply[], patience = {}): Promise<void> {
  const graph = await graphOf(replies);
  await finished(graph, { access: ACCESS, id: '7' }, { ...QUICK_PATIENCE, ...patience });
}

describe('a report is done', () => {
  test('only when it is completed and at 100 %, either alone is not enough', async () => {
    await waitFor([
      state('Job Not Started', 0),
      state('Job Running', 100),
      state('Job Completed', 99),
      state('Job Completed', 100),
    ]);
    expect(server.requests.map(({ path }) => path)).toEqual(Array(4).fill('/v26.0/7'));
  });

  test('one that creeps is waited for: progress starts the patience anew', async () => {
    const steps = Array.from({ length: 8 }, (_, step) => state('Job Running', step * 10));
    await waitFor([...steps, state('Job Completed', 100)], { baseMs: 200, capMs: 200, stallMs: 1_000 });
    expect(server.requests).toHaveLength(9);
  });
});

describe('a report is not done', () => {
  test.each<[string, Reply, object]>([
    ['without a reason', state('Job Failed', 40), { symptom: 'FAILED' }],
    [
      'too large',
      state('Job Failed', 40, { error_code: -3, error_subcode: 1504045 }),
      { symptom: 'TOO_MUCH' },
    ],
    ['too slow', state('Job Failed', 40, { error_code: 2, error_subcode: 1504038 }), { symptom: 'TOO_SLOW' }],
    ['expired', state('Job Skipped', 0), { symptom: 'SKIPPED' }],
    ['gone', refused(100, 33), { symptom: 'LOST' }],
    [
      'a dead token',
      state('Job Failed', 0, { error_code: 190, error_subcode: 463 }),
      { failure: 'REAUTHORIZE', concerns: 'CREDENTIAL', symptom: undefined },
    ],
    ['a limit', state('Job Failed', 0, { error_code: 80000 }), { failure: 'WAIT', symptom: undefined }],
  ])('%s', async (_name, reply, expected) => {
    expect(await failureOf(waitFor([reply]))).toMatchObject(expected);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['no progress', { stallMs: 50 }, state('Job Running', 63)],
    ['no end', { totalMs: 50 }, state('Job Running', 63)],
  ])(
    '%s: it hangs',
    async (_name, patience, reply) => {
      expect(await failureOf(waitFor([reply], patience))).toMatchObject({
        symptom: 'STUCK',
        failure: 'RETRY',
      });
    },
    10_000,
  );
});

test('the id of a report stays exact, also as a plain number', async () => {
  const graph = await graphOf([{ body: '{"report_run_id": 98765432109876543210}' }]);
  expect(await startReport(graph, ACCESS, { level: 'ad' })).toBe('98765432109876543210');
  expect(server.requests[0]).toMatchObject({
    method: 'POST',
    path: '/v26.0/act_1000000001/insights',
    body: 'level=ad',
  });
});
