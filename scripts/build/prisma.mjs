import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { digestOfTexts, isStamped, readText, root, stamp } from './inputs.mjs';
import { runTool } from './tool.mjs';

const STAMP = 'src/generated/.prisma-stamp';
const OUTPUTS = ['src/generated/prisma/client.ts', 'src/generated/pothos.ts'];

/** Writes the Prisma client and the Pothos types when the schema or their generators changed. */
export function generatePrisma() {
  const digest = digestOfTexts([
    readText('prisma/schema.prisma'),
    readText('node_modules/prisma/package.json'),
    readText('node_modules/@pothos/plugin-prisma/package.json'),
  ]);
  if (isStamped(STAMP, digest) && OUTPUTS.every((path) => existsSync(join(root, path)))) return;
  runTool('prisma/build/index.js', ['generate'], {
    ...process.env,
    // Prisma looks for the Pothos generator among the commands.
    PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    // `generate` checks that the schema engine exists but never runs it: any file keeps it from downloading one.
    PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  });
  stamp(STAMP, digest);
}
