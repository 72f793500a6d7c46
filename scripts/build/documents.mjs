import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { digestOfTexts, filesIn, isStamped, readText, root, stamp } from './inputs.mjs';
import { BuildError, runTool } from './tool.mjs';

/* Drives the GraphQL client preset with the settings of codegen.ts. */
const SETTINGS = 'dist/codegen.js';

const TAG = /\bgraphql\(\s*(?:\/\*[^*]*\*\/\s*)?`([^`]*)`\s*,?\s*\)/g;

/** Writes the typed documents whose schema or text changed. Without a printed schema there is nothing to type. */
export async function generateDocuments() {
  const settings = await loadSettings();
  if (!existsSync(join(root, settings.schema))) return;
  const schema = readText(settings.schema);
  for (const { sources, output } of settings.targets) {
    const documents = findDocuments(
      sources.flatMap((source) => (source.endsWith('.ts') ? [source] : filesIn(source))),
    );
    if (documents.length === 0) continue;
    const digest = digestOfTexts([
      schema,
      ...documents.map((document) => document.text),
      readText('node_modules/@graphql-codegen/client-preset/package.json'),
      readText('codegen.ts'),
      readText('scripts/build/documents.mjs'),
    ]);
    const stampPath = `${output}/.stamp`;
    if (isStamped(stampPath, digest) && existsSync(join(root, output, 'gql.ts'))) continue;
    write(output, await generate(schema, documents, { output, config: settings.config }));
    stamp(stampPath, digest);
  }
}

/**
 * codegen.ts, compiled when it changed: Node 20 does not run TypeScript.
 * @returns {Promise<typeof import('../../codegen.ts')>}
 */
async function loadSettings() {
  const digest = digestOfTexts([readText('codegen.ts')]);
  const stampPath = `${SETTINGS}.stamp`;
  if (!isStamped(stampPath, digest) || !existsSync(join(root, SETTINGS))) {
    runTool('typescript/bin/tsc', ['-p', 'tsconfig.codegen.json']);
    stamp(stampPath, digest);
  }
  return import(pathToFileURL(join(root, SETTINGS)).href);
}

/**
 * The documents of the sources; a text used twice counts once.
 * @param {string[]} paths
 */
function findDocuments(paths) {
  /** @type {Map<string, { text: string; path: string }>} */
  const found = new Map();
  for (const path of paths) {
    if (!path.endsWith('.ts') || !existsSync(join(root, path))) continue;
    for (const [, text = ''] of readText(path).matchAll(TAG)) {
      if (text.includes('${')) throw new BuildError(`${path}: a graphql() document must be plain text.`);
      if (!found.has(text)) found.set(text, { text, path });
    }
  }
  return [...found.values()];
}

/**
 * @param {string} schemaText
 * @param {{ text: string; path: string }[]} found
 * @param {{ output: string; config: object }} target
 */
async function generate(schemaText, found, { output, config }) {
  const { buildASTSchema, parse } = await import('graphql');
  const { codegen } = await import('@graphql-codegen/core');
  const { preset } = await import('@graphql-codegen/client-preset');
  const schema = parse(schemaText);
  const sections = await preset.buildGeneratesSection({
    baseOutputDir: `${output}/`,
    config,
    documents: found.map(({ text, path }) => ({
      location: path,
      rawSDL: text,
      document: parseAt(parse, text, path),
    })),
    plugins: [],
    pluginMap: {},
    presetConfig: { fragmentMasking: false, skipIndexFile: true },
    schema,
    schemaAst: buildASTSchema(schema),
  });
  return Promise.all(
    sections.map(async (section) => {
      try {
        return { name: section.filename.slice(output.length + 1), text: await codegen(section) };
      } catch (error) {
        throw new BuildError(error instanceof Error ? error.message : String(error));
      }
    }),
  );
}

/**
 * @param {typeof import('graphql').parse} parse
 * @param {string} text
 * @param {string} path
 */
function parseAt(parse, text, path) {
  try {
    return parse(text);
  } catch (error) {
    throw new BuildError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * @param {string} output
 * @param {{ name: string; text: string }[]} files
 */
function write(output, files) {
  const folder = join(root, output);
  mkdirSync(folder, { recursive: true });
  for (const { name, text } of files) writeFileSync(join(folder, name), text);
  const names = files.map((file) => file.name);
  for (const name of readdirSync(folder)) if (!names.includes(name)) rmSync(join(folder, name));
}
