import type { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import type * as SchemaEngineModule from '@prisma/schema-engine-wasm/schema_engine_bg';

/**
 * The SQL that would turn the database into what the schema file says; '' when it is that already. What the Prisma
 * language cannot say (checks, partial indexes, NULLS NOT DISTINCT) it does not see, and leaves alone.
 */
export async function diffToSchema(url: string, schemaFile: string): Promise<string> {
  const files = [{ path: 'schema.prisma', content: await readFile(schemaFile, 'utf8') }];
  const pool = openCatalogue(url);
  const { SchemaEngine } = await loadEngine();
  const engine = await SchemaEngine.new(
    { datamodels: files.map(({ path, content }) => [path, content]) },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool)),
  );
  try {
    const { stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '.' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: { externalTables: ['public._prisma_migrations'], externalEnums: [] },
    });
    const sql = (stdout ?? '').trim();
    return sql === '-- This is an empty migration.' ? '' : sql;
  } finally {
    engine.free();
    await pool.end();
  }
}

let loaded: Promise<typeof SchemaEngineModule> | null = null;

/** Once: the glue remembers the memory of its first instance. */
function loadEngine(): Promise<typeof SchemaEngineModule> {
  return (loaded ??= instantiate());
}

/** The package's own entry imports the WebAssembly as a module, which Node does not do without a flag. */
async function instantiate(): Promise<typeof SchemaEngineModule> {
  const engine = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const path = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const module = new WebAssembly.Module(await readFile(path.replace(/\.js$/, '.wasm')));
  const instance = new WebAssembly.Instance(module, { './schema_engine_bg.js': engine as never });
  const glue = engine as unknown as { __wbg_set_wasm(wasm: WebAssembly.Exports): void };
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
  return engine;
}

const CHAR_OID = 18;
const TEXT_OID = 25;

/** The adapter knows no "char", a type of the system catalogue that the engine reads: it is shown to it as text. */
function openCatalogue(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url });
  pool.on('connect', (client) => {
    const { connection } = client as unknown as {
      connection: EventEmitter<{ rowDescription: [pg.QueryResult] }>;
    };
    connection.prependListener('rowDescription', ({ fields }) => {
      for (const field of fields) if (field.dataTypeID === CHAR_OID) field.dataTypeID = TEXT_OID;
    });
  });
  return pool;
}
