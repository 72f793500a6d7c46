import { join, relative } from 'node:path';
import { runnerImport } from 'vite';
import { root } from './build/inputs.mjs';

/*
 * `npm run migration -- <what>`: writes the difference between schema.prisma and all migrations as a new migration.
 * Loads the sources themselves and not dist/, which may not compile while the schema is ahead of the code.
 */
const { module } = await runnerImport(join(root, 'scripts/writeMigration.ts'), {
  root,
  configFile: false,
  logLevel: 'error',
});

try {
  const path = await module.withScratchDatabase((/** @type {string} */ scratchUrl) =>
    module.writeMigration({
      prismaFolder: join(root, 'prisma'),
      what: process.argv.slice(2).join(' '),
      now: new Date(),
      scratchUrl,
    }),
  );
  process.stdout.write(
    path
      ? `${relative(process.cwd(), path)}\nRead it before you commit it: data may need moving.\n`
      : 'Nothing differs: the migrations make what prisma/schema.prisma says.\n',
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
