import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/waitFor.ts';
import { buildCommand, runCommand, startCommand } from './process.ts';

let database: TestDatabase;
let settings: Record<string, string>;

beforeAll(async () => {
  buildCommand();
  database = await createTestDatabase();
  settings = {
    DATABASE_URL: database.url,
    TRIBUTARY_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    TRIBUTARY_SANDBOX: 'true',
  };
}, 120_000);

afterAll(() => database.drop());

/** How many rows were ever written to each table: also a row that was put back as it was counts. */
async function writes(): Promise<unknown[]> {
  const { rows } = await database.db.queue.query(
    `SELECT relname, (xpath('/row/n/text()', query_to_xml(
       format('SELECT count(*)::text || '' '' || max(xmin::text::bigint)::text AS n FROM %I.%I', schemaname, relname),
       false, true, '')))[1]::text AS rows
     FROM pg_stat_user_tables ORDER BY 1`,
  );
  return rows;
}

function outcomeOf(stdout: string): Record<string, unknown> {
  expect(stdout.split('\n')).toHaveLength(2);
  return JSON.parse(stdout) as Record<string, unknown>;
}

it('reads every client in this process and prints the outcome alone', async () => {
  const { code, stdout, stderr } = await runCommand(['sync', '--days', '3', '--json'], settings);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const outcome = outcomeOf(stdout);
  expect(outcome).toMatchObject({
    status: 'SUCCEEDED',
    tasks: { total: 7, done: 7, failed: 0 },
    failures: [],
  });
  const { rows } = await database.db.pool.query<{ stored: number; requested_by: string }>(
    `SELECT (SELECT count(*)::int FROM ad_insights) AS stored, requested_by FROM runs WHERE id = $1`,
    [outcome.runId],
  );
  // The demo clients' own first sync waits in the same queue and may have got ahead.
  expect(rows[0]?.stored).toBeGreaterThanOrEqual(Number(outcome.records));
  expect(outcome.records).toBeGreaterThan(0);
  expect(rows[0]?.requested_by).toBe('system:cli');
});

it('plans without changing anything', async () => {
  const before = await writes();
  expect(before).toContainEqual({ relname: 'clients', rows: expect.stringMatching(/^3 \d+$/) });
  const { code, stdout } = await runCommand(
    ['sync', '--dry-run', '--json', '--client', 'tau-coffee', '--from', '2026-10-01', '--to', '2026-10-07'],
    settings,
  );
  expect(code).toBe(0);
  expect(outcomeOf(stdout)).toEqual({
    dryRun: true,
    slices: 21,
    accounts: [
      { platform: 'GOOGLE', account: '7100000001' },
      { platform: 'META', account: 'act_1100000001' },
      { platform: 'META', account: 'act_1100000002' },
    ].map((account) => ({
      ...account,
      from: '2026-10-01',
      to: '2026-10-07',
      days: 7,
    })),
  });
  expect(await writes()).toEqual(before);
});

it('tells which accounts failed and why, and exits 3, or 1 when all did', async () => {
  await database.db.pool.query(
    `UPDATE ad_accounts SET credential_id = NULL WHERE external_id = 'act_1200000001'`,
  );
  const partial = await runCommand(['sync', '--days', '1', '--json'], settings);
  expect(partial.code).toBe(3);
  expect(outcomeOf(partial.stdout)).toMatchObject({
    status: 'PARTIAL',
    tasks: { total: 7, done: 7, failed: 1 },
    failures: [
      {
        client: 'zielona-polka',
        platform: 'META',
        account: 'act_1200000001',
        class: 'REAUTHORIZE',
        reason: expect.stringContaining('no agency token'),
      },
    ],
  });
  const failed = await runCommand(
    ['sync', '--days', '1', '--client', 'zielona-polka', '--platform', 'META'],
    settings,
  );
  expect(failed.code).toBe(1);
  expect(failed.stdout).toMatch(/zielona-polka +META +act_1200000001 +REAUTHORIZE/);
  expect(failed.stdout).toContain('FAILED: 0 of 1 accounts');
});

it.each([
  { args: ['--client', 'nobody'], says: 'No such client: nobody.' },
  { args: ['--platform', 'yandex', '--days', '0'], says: 'platform must be one of META, GOOGLE.' },
])('$args is wrong usage', async ({ args, says }) => {
  const { code, stdout, stderr } = await runCommand(['sync', '--dry-run', ...args], settings);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(says);
});

async function isUnderWay(): Promise<boolean> {
  const { rows } = await database.db.pool.query(
    `SELECT FROM runs WHERE parameters @> '{"days": 700}' AND records_synced > 0`,
  );
  return rows.length > 0;
}

it('leaves the run in the queue at Ctrl-C and says so', async () => {
  const command = startCommand(['sync', '--days', '700', '--client', 'tau-coffee'], settings);
  await waitFor(isUnderWay, { within: 30_000, what: 'the first records of the run' });
  const { code, stdout, stderr } = await command.end('SIGINT');
  expect(code).toBe(1);
  expect(stdout).toContain('RUNNING: 0 of 3 accounts');
  expect(stderr).toMatch(/^Stopped; what was read is stored\. .*goes on where it was left\.\n$/);
  const { rows } = await database.db.queue.query(
    `SELECT task.status, job.locked_by FROM run_tasks task JOIN runs run ON run.id = task.run_id
     JOIN graphile_worker.jobs job ON job.key = task.id::text WHERE run.parameters @> '{"days": 700}'`,
  );
  const waiting = { status: 'QUEUED', locked_by: null };
  expect(rows).toEqual([waiting, waiting, waiting]);
});
