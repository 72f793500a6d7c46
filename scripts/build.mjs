import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { generateDocuments } from './build/documents.mjs';
import { digestOfTimes, filesIn, isStamped, root, stamp } from './build/inputs.mjs';
import { alone } from './build/lock.mjs';
import { generatePrisma } from './build/prisma.mjs';
import { BuildError, canBuild, runTool } from './build/tool.mjs';

/*
 * From sources to dist/: Prisma client and Pothos types, typed GraphQL documents, then TypeScript.
 * Each part runs only when its input changed. Says nothing when all is well, and never writes to stdout,
 * because it runs before commands whose output is read by programs.
 */
const STAMP = 'dist/.inputs';
const COMMAND = 'dist/src/cli.js';

/** Everything the result depends on. Names, sizes and times only: an unchanged tree costs a few milliseconds. */
function inputs() {
  return digestOfTimes([
    ...['src', 'sandbox', 'bench', 'test', 'scripts/build'].flatMap((folder) => filesIn(folder)),
    ...['scripts/build.mjs', 'codegen.ts', 'schema.graphql', 'prisma/schema.prisma', 'prisma.config.ts'],
    ...['tsconfig.json', 'tsconfig.build.json', 'package.json', 'package-lock.json'],
  ]);
}

/** What the build makes; a folder that somebody cleared is made again. */
function outputs() {
  return digestOfTimes([
    ...['src/generated/prisma/client.ts', 'src/generated/pothos.ts'],
    ...['src/generated/graphql/gql.ts', 'test/generated/graphql/gql.ts', 'dist/.tsbuildinfo', COMMAND],
  ]);
}

function isFresh() {
  return isStamped(STAMP, inputs() + outputs());
}

async function build() {
  if (isFresh()) return;
  const digest = inputs();
  rmSync(join(root, STAMP), { force: true });
  generatePrisma();
  await generateDocuments();
  compile();
  stamp(STAMP, digest + outputs());
}

function compile() {
  runTool('typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
  // `npx tributary` and the linked command run this file itself.
  if (existsSync(join(root, COMMAND))) chmodSync(join(root, COMMAND), 0o755);
}

/** Production installs bring no compiler: there the built files are used as they are. */
function withoutCompiler() {
  if (existsSync(join(root, COMMAND)) || process.env.npm_lifecycle_event === 'prepare') return;
  throw new BuildError('Nothing is built yet, and the compiler is not installed. Run `npm ci` first.');
}

try {
  if (canBuild()) {
    if (!isFresh()) await alone(build);
  } else {
    withoutCompiler();
  }
} catch (error) {
  process.stderr.write(`${error instanceof BuildError ? error.message : String(error?.stack ?? error)}\n`);
  process.stderr.write('The build failed.\n');
  process.exitCode = 1;
}
