import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOfTexts, filesIn, isStamped, readText, root, stamp } from './inputs.mjs';
import { BuildError } from './tool.mjs';

/*
 * Typed GraphQL documents. A document is written where it is used, in a file of one of the folders below:
 *   import { graphql } from '…/generated/graphql/gql.ts';
 *   const Clients = graphql(`query Clients { clients { nodes { id } } }`);
 * and graphql-request then knows the types of its variables and of its answer.
 */
const TARGETS = [
  { sources: ['src/cli.ts', ...filesIn('src/cli')], output: 'src/generated/graphql' },
  { sources: filesIn('test'), output: 'test/generated/graphql' },
];

/** How the scalars of the API look in JSON. One that is missing here fails the build. */
const SCALARS = {
  ID: 'string',
  Date: 'string',
  DateTime: 'string',
  Decimal: 'string',
  Count: 'number',
  JSON: 'unknown',
  EmailAddress: 'string',
  TimeZone: 'string',
};

const CONFIG = {
  scalars: SCALARS,
  strictScalars: true,
  enumType: 'string-literal',
  useTypeImports: true,
  emitLegacyCommonJSImports: false,
  importExtension: '.ts',
};

const TAG = /\bgraphql\(\s*(?:\/\*[^*]*\*\/\s*)?`([^`]*)`\s*,?\s*\)/g;

/** Writes the typed documents whose schema or text changed. Without a printed schema there is nothing to type. */
export async function generateDocuments() {
  if (!existsSync(join(root, 'schema.graphql'))) return;
  const schema = readText('schema.graphql');
  for (const { sources, output } of TARGETS) {
    const documents = findDocuments(sources);
    if (documents.length === 0) continue;
    const digest = digestOfTexts([
      schema,
      ...documents.map((document) => document.text),
      readText('node_modules/@graphql-codegen/client-preset/package.json'),
      readText('scripts/build/documents.mjs'),
    ]);
    const stampPath = `${output}/.stamp`;
    if (isStamped(stampPath, digest) && existsSync(join(root, output, 'gql.ts'))) continue;
    write(output, await generate(schema, documents, output));
    stamp(stampPath, digest);
  }
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
 * @param {string} output
 */
async function generate(schemaText, found, output) {
  const { buildASTSchema, parse } = await import('graphql');
  const { codegen } = await import('@graphql-codegen/core');
  const { preset } = await import('@graphql-codegen/client-preset');
  const schema = parse(schemaText);
  const sections = await preset.buildGeneratesSection({
    baseOutputDir: `${output}/`,
    config: CONFIG,
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
