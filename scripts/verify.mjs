import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './build/inputs.mjs';

/*
 * Everything that can be said about the code without running it as a whole. Every step runs, even after a
 * failure; the exit code is 1 if any failed. `node scripts/verify.mjs lint types` runs only those.
 */
const STEPS = [
  { name: 'build', title: 'The tree builds', script: 'scripts/build.mjs', args: [] },
  {
    name: 'types',
    title: 'Types of sources, tests and tools',
    script: 'node_modules/typescript/bin/tsc',
    args: ['--noEmit', '-p', 'tsconfig.json'],
  },
  {
    name: 'lint',
    title: 'Lint',
    script: 'node_modules/oxlint/bin/oxlint',
    args: ['--format=unix', '--report-unused-disable-directives-severity=error'],
  },
  {
    name: 'format',
    title: 'Format',
    script: 'node_modules/prettier/bin/prettier.cjs',
    args: ['--check', '--log-level=warn', '.'],
  },
  {
    name: 'architecture',
    title: 'House rules',
    script: 'node_modules/vitest/vitest.mjs',
    args: ['run', '--reporter=dot', 'test/architecture.test.ts'],
  },
  {
    name: 'unused',
    title: 'Unused files, exports and dependencies',
    script: 'node_modules/knip/bin/knip.js',
    args: ['--no-progress', '--no-config-hints'],
  },
  {
    name: 'printed',
    title: 'Printed files are in step',
    script: 'scripts/print.mjs',
    args: ['--check'],
  },
];

/** @param {(typeof STEPS)[number]} step */
function run(step) {
  process.stdout.write(`\n== ${step.title}\n`);
  const start = performance.now();
  const { status } = spawnSync(process.execPath, [join(root, step.script), ...step.args], {
    cwd: root,
    stdio: 'inherit',
  });
  const result = { ...step, ok: status === 0, seconds: (performance.now() - start) / 1000 };
  process.stdout.write(`${result.ok ? 'ok' : 'FAILED'} in ${result.seconds.toFixed(1)} s\n`);
  return result;
}

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `No such step: ${unknown.join(', ')}. There are ${STEPS.map((s) => s.name).join(', ')}.\n`,
  );
  process.exit(2);
}
const results = STEPS.filter((step) => chosen.length === 0 || chosen.includes(step.name)).map(run);
process.stdout.write('\n== Summary\n');
for (const { name, ok, seconds } of results) {
  process.stdout.write(
    `${ok ? 'passed' : 'FAILED'}  ${name.padEnd(12)} ${seconds.toFixed(1).padStart(5)} s\n`,
  );
}
process.exitCode = results.every((result) => result.ok) ? 0 : 1;
