import type { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SqlResultSet } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';

/**
 * The SQL that would turn the database into what the schema file says; '' when it is that already. It leaves alone what
 * the Prisma language cannot say: checks and partial indexes, which the engine does not see, and the indexes with
 * NULLS NOT DISTINCT, which it would drop.
 */
export async function diffToSchema(url: string, schemaFile: string): Promise<string> {
  const files = [{ path: 'schema.prisma', content: await readFile(schemaFile, 'utf8') }];
  const { pool, factory } = readCatalogue(url);
  await loadEngine();
  const engine = await glue.SchemaEngine.new(
    { datamodels: files.map(({ path, content }) => [path, content]) },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(factory),
  );
  try {
    const { stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '.' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: { externalTables: ['public._prisma_migrations'], externalEnums: [] },
    });
    return withoutDropping(await readUnsayable(pool), (stdout ?? '').trim());
  } finally {
    engine.free();
    await pool.end();
  }
}

async function readUnsayable(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indnullsnotdistinct`,
  );
  return rows.map((row) => row.name);
}

/** Each step opens with a comment that names it; an empty script is a comment alone. */
function withoutDropping(indexes: readonly string[], sql: string): string {
  const drops = indexes.map((index) => `DROP INDEX "${index}";`);
  const steps = sql.split(/\n\n(?=-- )/).filter((step) => {
    const body = step.replace(/^-- .*\n?/, '').trim();
    return body !== '' && !drops.includes(body);
  });
  return steps.join('\n\n');
}

let loaded: Promise<void> | null = null;

/** Once: the glue remembers the memory of its first instance. */
function loadEngine(): Promise<void> {
  return (loaded ??= instantiate());
}

/** The package's own entry imports the WebAssembly as a module, which Node does not do without a flag. */
async function instantiate(): Promise<void> {
  const path = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const module = new WebAssembly.Module(await readFile(path.replace(/\.js$/, '.wasm')));
  const imports = { './schema_engine_bg.js': glue as unknown as WebAssembly.ModuleImports };
  const { exports } = new WebAssembly.Instance(module, imports);
  (glue as unknown as { __wbg_set_wasm(wasm: WebAssembly.Exports): void }).__wbg_set_wasm(exports);
  (exports['__wbindgen_start'] as () => void)();
}

const CHAR_OID = 18;
const UUID_OID = 2950;

/**
 * The adapter knows no "char", a type of the system catalogue that the engine asks for. So it passes the adapter as a
 * uuid, which the catalogue has none of, and is made a character again behind it.
 */
function readCatalogue(url: string): { pool: pg.Pool; factory: PrismaPg } {
  const pool = new pg.Pool({ connectionString: url });
  pool.on('connect', (client) => {
    const { connection } = client as unknown as {
      connection: EventEmitter<{ rowDescription: [pg.QueryResult] }>;
    };
    connection.prependListener('rowDescription', ({ fields }) => {
      for (const field of fields) if (field.dataTypeID === CHAR_OID) field.dataTypeID = UUID_OID;
    });
  });
  const factory = new PrismaPg(pool);
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (query) => withCharacters(await queryRaw(query));
    return adapter;
  };
  return { pool, factory };
}

function withCharacters(result: SqlResultSet): SqlResultSet {
  const { Uuid, Character } = ColumnTypeEnum;
  return { ...result, columnTypes: result.columnTypes.map((type) => (type === Uuid ? Character : type)) };
}
