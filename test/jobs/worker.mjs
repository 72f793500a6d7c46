// A process of its own that performs the tasks of a database until it is killed: three steps, then it hangs, unless
// the task is complete by then. Plain JavaScript, because Node 20 runs no TypeScript; the sources come through vite.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const [url = '', steps = '0'] = process.argv.slice(2);
const STEPS = 9;

async function load(path) {
  const file = fileURLToPath(new URL(path, import.meta.url));
  const { module } = await runnerImport(file, { configFile: false, logLevel: 'error' });
  return module;
}

const { createContext, jobOf, registryOf } = await load('support.ts');
const { startRunner } = await load('../../src/jobs/runner.ts');
const { openDatabase } = await load('../../src/db/client.ts');
const { createLog } = await load('../../src/lib/log.ts');

async function perform(work, ctx) {
  let left = Number(steps);
  for (;;) {
    const { rows } = await ctx.db.pool.query('SELECT count(*)::int AS done FROM steps');
    if (rows[0].done === STEPS) return { status: 'SUCCEEDED' };
    if (left === 0) break;
    await work.checkpoint(async (sql) => {
      await sql.query('INSERT INTO steps (step) VALUES ($1)', [rows[0].done]);
      return { records: 10 };
    });
    left--;
  }
  process.stdout.write('stuck\n');
  return new Promise(() => undefined);
}

const db = openDatabase({ url, log: createLog('silent') });
await startRunner(createContext(db), { jobs: registryOf(jobOf(perform)), concurrency: 2 });
process.stdout.write('started\n');
