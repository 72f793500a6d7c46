import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** Every row of every table, as text; bytes are hexadecimal. An e-mail has to stand in its own column. */
export async function readTables(url: string): Promise<[string, string][]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; schema: string }>(
      `SELECT table_name AS name, table_schema AS schema FROM information_schema.tables
       WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    const read: [string, string][] = [];
    for (const { schema, name } of rows) {
      const kept = name === 'users' ? "to_jsonb(t) - 'email'" : 'to_jsonb(t)';
      const table = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
      const text = await client.query<{ text: string | null }>(
        `SELECT string_agg((${kept})::text, E'\\n') AS text FROM ${table} AS t`,
      );
      read.push([`the table ${schema}.${name}`, text.rows[0]?.text ?? '']);
    }
    return read;
  } finally {
    await client.end();
  }
}

/** Every file of a folder that others than its owner may read, and those of the owner that are no secret's. */
export async function readFiles(folder: string): Promise<[string, Buffer][]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.filter((path) => !path.endsWith('.key')).map(async (path) => [path, await readFile(path)] as const),
  ).then((read) => read.map(([path, bytes]) => [`the file ${path}`, bytes]));
}

/** The files of secrets, and what others may do with them. */
export async function readModes(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.key'));
  const modes = await Promise.all(
    names.map(async (name) => ((await stat(join(folder, name))).mode & 0o777).toString(8)),
  );
  return Object.fromEntries(names.map((name, index) => [name, modes[index] ?? '']));
}

/** What every process was started with, and the environment of those that a process started (Linux). */
export function readProcesses(parent: number): [string, string][] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parents = new Map(pids.map((pid) => [pid, /^\d+ \(.*\) \S (\d+)/s.exec(proc(pid, 'stat'))?.[1]]));
  const isBelow = (pid: string): boolean => {
    const above = parents.get(pid);
    return above === String(parent) || (above !== undefined && above !== '0' && isBelow(above));
  };
  return pids.flatMap((pid): [string, string][] => [
    [`the arguments of ${pid}`, proc(pid, 'cmdline')],
    ...(isBelow(pid)
      ? [[`the environment of ${proc(pid, 'cmdline')}`, proc(pid, 'environ')] as [string, string]]
      : []),
  ]);
}

function proc(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

const BROKEN = ['credentials', 'users', 'clients', 'api_keys', 'ad_accounts', 'runs'];

/** Makes the database refuse every new row, in words that repeat the row. Returns what takes that back. */
export async function refuseRows(url: string): Promise<() => Promise<void>> {
  const change = async (what: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const table of BROKEN) await client.query(`ALTER TABLE ${table} ${what}`);
    await client.end();
  };
  await change('ADD CONSTRAINT refused CHECK (false) NOT VALID');
  return () => change('DROP CONSTRAINT refused');
}
