#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportFailure } from './cli/failure.ts';
import { createProgram } from './cli/program.ts';
import { packageRoot } from './lib/packageRoot.ts';

function version(): string {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

// `tributary schema | head` closes the pipe before all is written.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
process.once('uncaughtException', (error) => {
  void reportFailure(error).then((code) => process.exit(code));
});
try {
  await createProgram(version()).parseAsync();
} catch (error) {
  process.exitCode = await reportFailure(error);
}
