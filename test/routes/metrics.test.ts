import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConnectorError } from '../../src/connectors/errors.ts';
import type { JobDefinition } from '../../src/jobs/define.ts';
import { jobOf, JOBS } from '../../src/jobs/index.ts';
import { JOB_KINDS } from '../../src/services/runs/kinds.ts';
import { startRunner } from '../../src/jobs/runner.ts';
import { Secret } from '../../src/lib/secret.ts';
import { connectAccount } from '../../src/services/accounts/connect.ts';
import { createClient } from '../../src/services/clients/create.ts';
import { triggerSync } from '../../src/services/sync/trigger.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { query } from '../support/query.ts';
import { waitFor } from '../support/waitFor.ts';

const TOKEN = 'metrics-token-of-this-test';

let test: TestApp;
let accountId: string;

beforeAll(async () => {
  test = await startTestApp({ config: { metricsToken: new Secret(TOKEN) } });
  ({ accountId } = await connectOne(test));
});
afterAll(() => test.stop());

function scrape(
  authorization: string | null = `Bearer ${TOKEN}`,
  url = test.app.http.url,
): Promise<Response> {
  return fetch(`${url}/metrics`, { headers: authorization === null ? {} : { authorization } });
}

/** Every series of a scrape with its number. */
async function series(): Promise<Map<string, number>> {
  const text = await (await scrape()).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line): [string, number] => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** Sums the series of a metric whose labels hold all of these. */
function sum(of: Map<string, number>, metric: string, ...labels: string[]): number {
  return [...of]
    .filter(([name]) => name.split('{')[0] === metric && labels.every((label) => name.includes(label)))
    .reduce((total, [, value]) => total + value, 0);
}

async function connectOne(on: TestApp): Promise<{ clientId: string; accountId: string }> {
  const [demo] = on.sandbox.demoClients;
  const account = demo?.accounts.find(({ platform }) => platform === 'META');
  if (!demo || !account) throw new Error('the sandbox has no account');
  const { accounts: _accounts, ...client } = demo;
  const { id: clientId } = await createClient(on.system, client);
  return { clientId, accountId: (await connectAccount(on.system, { clientId, ...account })).id };
}

async function syncOnce(): Promise<void> {
  const { triggerSync } = await test
    .client()
    .request<{ triggerSync: { id: string } }>(`mutation { triggerSync(input: { days: 3 }) { id } }`);
  await waitFor(
    async () => {
      const { syncRun } = await test
        .client()
        .request<{ syncRun: { status: string } }>(`query ($id: ID!) { syncRun(id: $id) { status } }`, {
          id: triggerSync.id,
        });
      return syncRun.status === 'SUCCEEDED';
    },
    { what: 'the sync to end' },
  );
}

describe('/metrics', () => {
  it.each([
    ['without a token', null],
    ['with a wrong one', 'Bearer metrics-token-of-this-tesT'],
    ['with a part of it', `Bearer ${TOKEN.slice(0, -1)}`],
    ['with an empty one', 'Bearer '],
    ['with another scheme', `Basic ${TOKEN}`],
  ])('answers 401 %s', async (_what, authorization) => {
    const answer = await scrape(authorization);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await answer.text()).not.toContain('tributary_');
  });

  it("does not take an admin's key", async () => {
    expect((await scrape(`Bearer ${test.adminKey}`)).status).toBe(401);
  });

  it('is text that Prometheus reads, and is kept by nobody', async () => {
    const answer = await scrape();
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      'no-store',
    ]);
  });

  it('moves with a run', async () => {
    const before = await series();
    await syncOnce();
    const after = await waitFor(
      async () => {
        const now = await series();
        return sum(now, 'tributary_runs', 'kind="ADS_SYNC"', 'status="SUCCEEDED"') > 0 ? now : null;
      },
      { what: 'the numbers of the database to be read again' },
    );
    const grew = (metric: string, ...labels: string[]) =>
      sum(after, metric, ...labels) - sum(before, metric, ...labels);
    expect(grew('tributary_platform_calls_total', 'platform="META"', 'outcome="ok"')).toBeGreaterThan(0);
    expect(grew('tributary_platform_call_seconds_count', 'platform="META"')).toBeGreaterThan(0);
    expect(grew('tributary_sql_seconds_count', 'statement="runs.beginTask"')).toBeGreaterThan(0);
    expect(grew('tributary_graphql_operations_total', 'type="mutation"', 'outcome="OK"')).toBeGreaterThan(0);
    expect(grew('tributary_graphql_operation_seconds_count', 'type="query"')).toBeGreaterThan(0);
    expect(sum(after, 'tributary_tasks', 'status="SUCCEEDED"')).toBeGreaterThan(0);
    expect(sum(after, 'tributary_workers')).toBe(1);
    expect(sum(after, 'tributary_database_up')).toBe(1);
    expect(after.has('tributary_queue_jobs{state="waiting"}')).toBe(true);
    expect(sum(after, 'process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
    expect([...after.keys()].some((name) => name.startsWith('nodejs_eventloop_lag'))).toBe(true);
  });

  it('tells refusals and failures by their code', async () => {
    const before = await series();
    await test
      .client(null)
      .rawRequest('{ clients { nodes { id } } }')
      .catch(() => undefined);
    await test
      .client()
      .rawRequest('{ nothing }')
      .catch(() => undefined);
    const after = await series();
    const grew = (...labels: string[]) =>
      sum(after, 'tributary_graphql_operations_total', ...labels) -
      sum(before, 'tributary_graphql_operations_total', ...labels);
    expect(grew('outcome="UNAUTHENTICATED"')).toBe(1);
    expect(grew('type="refused"', 'outcome="BAD_USER_INPUT"')).toBe(1);
  });

  it('has labels of short lists alone: no id, no address, no secret', async () => {
    await syncOnce();
    const text = await (await scrape()).text();
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-|act_|127\.0\.0\.1|@|trb_|sandbox-/);
    for (const secret of [TOKEN, test.adminKey, accountId]) expect(text).not.toContain(secret);
    const own = [...(await series()).keys()].filter((name) => name.startsWith('tributary_'));
    const values = (label: string) => [
      ...new Set(own.flatMap((name) => new RegExp(`[{,]${label}="([^"]*)"`).exec(name)?.[1] ?? [])),
    ];
    const labels = new Set(own.flatMap((name) => [...name.matchAll(/(\w+)="/g)].map(([, label]) => label)));
    expect([...labels].sort()).toEqual(
      ['kind', 'le', 'outcome', 'platform', 'state', 'statement', 'status', 'type'].sort(),
    );
    expect(['META', 'GOOGLE', 'other']).toEqual(expect.arrayContaining(values('platform')));
    expect(JOB_KINDS).toEqual(expect.arrayContaining(values('kind')));
    for (const name of values('statement')) expect(name).toMatch(/^[A-Za-z]+(\.[A-Za-z_]+)*$/);
  });

  it('asks the database rarely, however often it is asked', async () => {
    await scrape();
    test.takeQueries();
    await Promise.all(Array.from({ length: 20 }, () => scrape()));
    const asked = test.takeQueries().filter((text) => text.includes('operations.'));
    expect(asked.length).toBeLessThanOrEqual(6);
    expect(asked.filter((text) => text.includes('operations.slices')).length).toBeLessThanOrEqual(1);
  });

  it('counts the workers of all processes', async () => {
    const other = await startRunner(test.system, { jobs: JOBS, concurrency: 1 });
    try {
      await waitFor(async () => sum(await series(), 'tributary_workers') === 2, {
        what: 'the second worker to be counted',
      });
    } finally {
      await other.stop();
    }
  });

  it('still tells what the process knows when the database does not', async () => {
    const { url } = test.app.ctx.db.staff;
    await query(url, 'ALTER TABLE run_tasks RENAME TO run_tasks_gone');
    try {
      const broken = await waitFor(
        async () => {
          const now = await series();
          return sum(now, 'tributary_tasks') === 0 ? now : null;
        },
        { what: 'the numbers to be read again' },
      );
      expect(sum(broken, 'tributary_sql_seconds_count')).toBeGreaterThan(0);
    } finally {
      await query(url, 'ALTER TABLE run_tasks_gone RENAME TO run_tasks');
    }
  });
});

describe('a task that a platform puts off', () => {
  it('is counted with how long it waits', async () => {
    const quiet = await startTestApp({ jobs: false });
    const before = await series();
    const throttled: JobDefinition<unknown> = {
      ...jobOf('ADS_SYNC'),
      perform: () => {
        const retryAt = new Date(quiet.system.now().getTime() + 60_000);
        return Promise.reject(new ConnectorError('Too many calls.', { failure: 'WAIT', retryAt }));
      },
    };
    await triggerSync(quiet.system, { clientId: (await connectOne(quiet)).clientId, days: 1 });
    const runner = await startRunner(quiet.system, {
      jobs: new Map([['ADS_SYNC', throttled]]),
      concurrency: 1,
    });
    try {
      const after = await waitFor(
        async () => {
          const now = await series();
          return sum(now, 'tributary_throttle_waits_total') > sum(before, 'tributary_throttle_waits_total')
            ? now
            : null;
        },
        { what: 'the wait to be counted' },
      );
      const grew = (metric: string) =>
        sum(after, metric, 'kind="ADS_SYNC"') - sum(before, metric, 'kind="ADS_SYNC"');
      expect(grew('tributary_throttle_waits_total')).toBe(1);
      expect(grew('tributary_throttle_wait_seconds_total')).toBeGreaterThan(50);
      expect(grew('tributary_throttle_wait_seconds_total')).toBeLessThan(70);
    } finally {
      await runner.stop();
      await quiet.stop();
    }
  });
});

describe('an installation without METRICS_TOKEN', () => {
  it('has no such page', async () => {
    const plain = await startTestApp({ jobs: false });
    try {
      for (const authorization of [null, 'Bearer ', `Bearer ${TOKEN}`]) {
        expect((await scrape(authorization, plain.app.http.url)).status).toBe(404);
      }
    } finally {
      await plain.stop();
    }
  });
});
