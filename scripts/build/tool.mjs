import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './inputs.mjs';

/** Something the build says to its reader: printed without a stack. */
export class BuildError extends Error {}

/**
 * Runs a tool of node_modules without a word; its whole output becomes the error when it fails.
 * @param {string} script below node_modules
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
export function runTool(script, args, env = process.env) {
  const result = spawnSync(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new BuildError(`${result.stdout}${result.stderr}`.trim());
}

/** Whether the development dependencies are there. An image for production has only the built files. */
export function canBuild() {
  return existsSync(join(root, 'node_modules/typescript/bin/tsc'));
}
