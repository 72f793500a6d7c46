import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/waitFor.ts';
import { buildCommand, runCommand, startCommand } from './process.ts';

const CLIENT = 'tau-coffee';

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
  // The demo clients; what waits of their first syncs would only be in the way.
  await runCommand(['sync', '--days', '1', '--json'], settings);
  await rows(`UPDATE run_tasks SET status = 'CANCELLED' WHERE status IN ('QUEUED', 'RUNNING')`);
  await rows(`UPDATE runs SET status = 'CANCELLED' WHERE status IN ('QUEUED', 'RUNNING')`);
}, 120_000);

afterAll(() => database.drop());

async function rows(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  return (await database.db.queue.query<Record<string, unknown>>(text, values)).rows;
}

/** How many rows were ever written to each table: also a row that was put back as it was counts. */
function writes(): Promise<unknown[]> {
  return rows(
    `SELECT relname, (xpath('/row/n/text()', query_to_xml(
       format('SELECT count(*)::text || '' '' || max(xmin::text::bigint)::text AS n FROM %I.%I', schemaname, relname),
       false, true, '')))[1]::text AS rows
     FROM pg_stat_user_tables ORDER BY 1`,
  );
}

function outcomeOf(stdout: string): Record<string, unknown> {
  expect(stdout.split('\n')).toHaveLength(2);
  return JSON.parse(stdout) as Record<string, unknown>;
}

it('prints the plan and changes nothing', async () => {
  const before = await writes();
  const args = ['backfill', '--months', '24', '--client', CLIENT, '--dry-run'];
  const { code, stdout, stderr } = await runCommand(args, settings);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^CLIENT +PLATFORM +MONTHS +SLICES +TO READ +CALLS\n/);
  expect(stdout).toMatch(
    new RegExp(`\\n${CLIENT} +META +\\d{4}-\\d\\d back to \\d{4}-\\d\\d \\(24\\) +1,4\\d\\d `),
  );
  expect(stdout).toMatch(
    /account-days are stored, [\d,]+ to read: about [\d,]+ operations of GOOGLE, about [\d,]+ calls of META\./,
  );
  const json = outcomeOf((await runCommand([...args, '--json'], settings)).stdout);
  expect(json).toMatchObject({ dryRun: true, clients: 1, plan: expect.any(Array), unusable: [] });
  expect(json).not.toHaveProperty('basis');
  expect(await writes()).toEqual(before);
});

it.each([
  { args: [], says: 'Give --months, or --resume' },
  { args: ['--months', '38'], says: 'months must be from 1 to 37' },
  { args: ['--months', '0'], says: 'months must be at least 1' },
  { args: ['--months', '2', '--client', 'nobody'], says: 'No such client: nobody.' },
  { args: ['--months', '2', '--resume', 'x'], says: 'cannot be used with' },
  { args: ['--resume', '00000000-0000-4000-8000-000000000000'], says: 'No such run.' },
])('$args is wrong usage', async ({ args, says }) => {
  const { code, stderr } = await runCommand(['backfill', ...args], settings);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(says) });
});

interface OpenRun {
  id: string;
  tasks_total: number;
}

/** A backfill with a month done and another begun. */
async function underWay(months: number): Promise<OpenRun> {
  return waitFor(
    async () => {
      const [run] = await rows(
        `SELECT id, tasks_total FROM runs WHERE kind = 'BACKFILL' AND status = 'RUNNING' AND tasks_done > 0
         AND parameters @> $1::jsonb`,
        [JSON.stringify({ months })],
      );
      return run as OpenRun | undefined;
    },
    { within: 30_000, what: 'a month to be done' },
  );
}

async function goOn({ id, tasks_total: total }: OpenRun): Promise<void> {
  const { code, stdout, stderr } = await runCommand(['backfill', '--resume', id, '--json'], settings);
  expect({ code, stderr: stderr.replaceAll(/^\{.*took over.*\n/gm, '') }).toEqual({ code: 0, stderr: '' });
  expect(outcomeOf(stdout)).toMatchObject({
    runId: id,
    status: 'SUCCEEDED',
    tasks: { total, done: total, failed: 0 },
  });
  const [missing] = await rows(
    `SELECT count(*)::int AS days FROM run_tasks AS task
     CROSS JOIN LATERAL generate_series((parameters #>> '{range,from}')::date, (parameters #>> '{range,to}')::date, '1 day') AS day
     LEFT JOIN slices ON slices.account_id = task.account_id AND slices.date = day::date
     WHERE task.run_id = $1 AND slices.status IS DISTINCT FROM 'OK'`,
    [id],
  );
  expect(missing).toEqual({ days: 0 });
}

it('leaves the run in the queue at Ctrl-C, says how to go on, and goes on', async () => {
  const command = startCommand(['backfill', '--months', '5', '--client', CLIENT], settings);
  const run = await underWay(5);
  const { code, stdout, stderr } = await command.end('SIGINT');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^CLIENT +PLATFORM/);
  expect(stdout).toMatch(new RegExp(`\\n1 of ${String(run.tasks_total)} months of accounts, `));
  expect(stderr).toBe(
    `Stopped; what was read is stored. To go on: tributary start, or tributary backfill --resume ${run.id}\n`,
  );
  const left = await rows(
    `SELECT DISTINCT task.status, job.locked_by FROM run_tasks AS task
     JOIN graphile_worker.jobs AS job ON job.key = task.id::text WHERE run_id = $1`,
    [run.id],
  );
  expect(left).toEqual([{ status: 'QUEUED', locked_by: null }]);
  await goOn(run);
}, 60_000);

it('goes on after a kill, and after a pause that outlived the process', async () => {
  const command = startCommand(['backfill', '--months', '9', '--client', CLIENT], settings);
  const run = await underWay(9);
  await command.end('SIGKILL');
  await rows('UPDATE runs SET paused_at = now() WHERE id = $1', [run.id]);
  await goOn(run);
  const [paused] = await rows('SELECT paused_at FROM runs WHERE id = $1', [run.id]);
  expect(paused).toEqual({ paused_at: null });
}, 60_000);

it('tells the outcome of a run that is over', async () => {
  const [run] = await rows(`SELECT id FROM runs WHERE kind = 'BACKFILL' AND status = 'SUCCEEDED' LIMIT 1`);
  const { code, stdout } = await runCommand(['backfill', '--resume', String(run?.['id'])], settings);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^SUCCEEDED: \d+ of \d+ months of accounts, /m);
});
