// A process of its own that starts the embedded PostgreSQL, says so, and lives until it is killed or told to stop.
// Plain JavaScript, because Node 20 runs no TypeScript; the sources come through vite.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

async function load(path) {
  const file = fileURLToPath(new URL(`../../src/${path}`, import.meta.url));
  const { module } = await runnerImport(file, { configFile: false, logLevel: 'error' });
  return module;
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const { startEmbedded } = await load('db/embedded.ts');
const { createLog } = await load('lib/log.ts');
try {
  const dataDir = process.argv[2] ?? '';
  const server = await startEmbedded({
    dataDir,
    log: createLog('silent'),
    settings: { fsync: 'off' },
  });
  process.on('SIGTERM', () => {
    say({ signal: 'SIGTERM' });
  });
  say({ url: server.url });
  process.stdin.resume().once('end', () => {
    void server.stop().then(() => {
      process.exit(0);
    });
  });
} catch (error) {
  say({ error: error.message });
  process.exit(1);
}
