// A process of its own with a scheduler, whose clock is wrong by so many milliseconds, until it is told to end. Plain
// JavaScript, because Node 20 runs no TypeScript; the sources come through vite.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const [url = '', clock = '{}', skewMs = '0'] = process.argv.slice(2);

async function load(path) {
  const file = fileURLToPath(new URL(path, import.meta.url));
  const { module } = await runnerImport(file, { configFile: false, logLevel: 'error' });
  return module;
}

const { keepFastTime } = await load('fastScheduler.ts');
const { from, until, ...numbers } = JSON.parse(clock);
const shown = { ...numbers, from: new Date(from), until: new Date(until) };
const running = await keepFastTime({ url, clock: shown, skewMs: Number(skewMs) });
process.stdout.write('started\n');
process.stdin.once('end', () => void running.stop().then(() => process.exit(0)));
process.stdin.resume();
