import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { generateDocuments } from './build/documents.mjs';
import { readText, root } from './build/inputs.mjs';
import { alone } from './build/lock.mjs';
import { generatePrisma } from './build/prisma.mjs';
import { BuildError, runTool } from './build/tool.mjs';

/*
 * Files that are printed from the code and committed, so that a change of the API or of the settings is a
 * change that a reviewer sees. `npm run print` writes them; `--check` only says which ones are out of step.
 */
const PRINTED = [
  { path: 'schema.graphql', text: printSchemaFile },
  { path: '.env.example', text: printEnvironment },
];

async function printSchemaFile() {
  const { describeSchema } = await load('dist/src/schema/index.js');
  return describeSchema();
}

async function printEnvironment() {
  const { describeEnvironment } = await load('dist/src/config.js');
  return describeEnvironment();
}

/** @param {string} path */
function load(path) {
  return import(pathToFileURL(join(root, path)).href);
}

/**
 * Compiles without the typed documents: they are made from the schema that is about to be printed, and may not
 * fit the old one. Type errors are the business of the build; the files are written all the same.
 */
async function compile() {
  generatePrisma();
  try {
    runTool('typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    process.stderr.write(`${error.message}\n`);
  }
}

/** @returns {Promise<string[]>} the paths that changed, or would */
async function print(/** @type {boolean} */ checkOnly) {
  const changed = [];
  for (const { path, text } of PRINTED) {
    const wanted = await text();
    if (existsSync(join(root, path)) && readText(path) === wanted) continue;
    changed.push(path);
    if (!checkOnly) writeFileSync(join(root, path), wanted);
  }
  return changed;
}

const checkOnly = process.argv.includes('--check');
if (!checkOnly) await alone(compile);
const changed = await print(checkOnly);
if (!checkOnly) await alone(generateDocuments);
for (const path of changed) {
  process.stdout.write(`${path} ${checkOnly ? 'is out of step: run `npm run print`' : 'written'}\n`);
}
process.exit(checkOnly && changed.length > 0 ? 1 : 0);
