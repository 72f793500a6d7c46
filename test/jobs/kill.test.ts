import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRunner } from '../../src/jobs/runner.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { createContext, DONE, finished, jobOf, readRun, registryOf, start, task } from './support.ts';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));

let test: TestDatabase;
const children: ChildProcess[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
  await test.db.queue.query(
    'CREATE TABLE steps (step int PRIMARY KEY); GRANT SELECT, INSERT ON steps TO tributary_staff',
  );
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await test.drop();
});

/** A worker process; `said` resolves when it prints the line. */
function startWorker(steps: number) {
  const child = spawn(process.execPath, [WORKER, test.url, String(steps)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  let look = () => undefined as void;
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    look();
  });
  const said = (line: string) =>
    new Promise<void>((resolve) => {
      look = () => {
        if (lines.includes(line)) resolve();
      };
      look();
    });
  const kill = () =>
    new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  return { said, kill };
}

it('kill -9: work goes on where it was, in a new process and in another one, and nothing is done twice', async () => {
  const ctx = createContext(test.db);
  const { runId } = await start(ctx, { tasks: [task('long', 'lane')] });
  const first = startWorker(3);
  await first.said('stuck');
  await first.kill();
  const second = startWorker(3);
  await second.said('started');
  const restarted = performance.now();
  await second.said('stuck');
  expect(performance.now() - restarted).toBeLessThan(10_000);
  expect(await readRun(test.db, runId)).toMatchObject({ status: 'RUNNING', records_synced: '60' });

  const other = await startRunner(ctx, {
    concurrency: 1,
    jobs: registryOf(
      jobOf(async (work, own) => {
        const { rows } = await own.db.pool.query<{ done: number }>('SELECT count(*)::int AS done FROM steps');
        await work.checkpoint(async (sql) => {
          await sql.query('INSERT INTO steps SELECT generate_series($1::int, 8)', [rows[0]?.done]);
          return { records: 30 };
        });
        return DONE;
      }),
    ),
  });
  await second.kill();
  const killed = performance.now();
  const stored = await finished(test.db, runId, 30_000);
  expect(performance.now() - killed).toBeLessThan(30_000);
  expect(stored).toMatchObject({ status: 'SUCCEEDED', tasks_done: 1, records_synced: '90' });
  await other.stop();
});
