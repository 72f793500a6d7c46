import type { QueryResultRow } from 'pg';

/** What runs SQL: the pool, or one client inside a transaction. */
export interface Sql {
  query<Row extends QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>;
}

/** A named statement: its name opens the text, so that logs, plans and the query recorder can tell it. */
export interface Statement<Row extends QueryResultRow, Input extends readonly unknown[]> {
  readonly name: string;
  all(sql: Sql, ...input: Input): Promise<Row[]>;
  /** The only row, or null. */
  maybe(sql: Sql, ...input: Input): Promise<Row | null>;
  /** Runs it and tells how many rows it touched. */
  run(sql: Sql, ...input: Input): Promise<number>;
}

/**
 * Declares a statement: `statement<Row, [clientId: string, from: Day]>('totals.read', 'SELECT … WHERE client_id = $1')`.
 * Values are always bound, in the order of the input.
 */
export function statement<Row extends QueryResultRow, Input extends readonly unknown[] = []>(
  name: string,
  body: string,
): Statement<Row, Input> {
  const text = `/* ${name} */ ${body}`;
  const all = async (sql: Sql, ...input: Input) => (await sql.query<Row>(text, input)).rows;
  return {
    name,
    all,
    maybe: async (sql, ...input) => (await all(sql, ...input))[0] ?? null,
    run: async (sql, ...input) => (await sql.query<Row>(text, input)).rowCount ?? 0,
  };
}
