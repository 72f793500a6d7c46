import type { Sandbox } from '../../sandbox/index.ts';

export type Wire = Record<string, unknown>;

export interface Reply {
  status: number;
  headers: Headers;
  json: Wire & { data: Wire[]; error: Wire; paging: { cursors: { after: string }; next?: string } };
}

export interface Call {
  token?: string;
  version?: string;
  method?: 'GET' | 'POST';
}

export const NOW = new Date('2026-11-20T15:30:00Z');

/** One call to the sandbox's Graph API, the token in the header. */
export async function graph(
  sandbox: Sandbox,
  path: string,
  query: Record<string, string> = {},
  { token = 'sandbox-test', version = '/v25.0', method = 'GET' }: Call = {},
): Promise<Reply> {
  const text = new URLSearchParams(query);
  const url = `${sandbox.urls.meta}${version}/${path}${method === 'GET' ? `?${text}` : ''}`;
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(url, method === 'GET' ? { headers } : { headers, method, body: text });
  return {
    status: response.status,
    headers: response.headers,
    json: (await response.json()) as Reply['json'],
  };
}

/** Every row of a list, page by page; throws when it does not end. */
export async function everyRow(
  sandbox: Sandbox,
  path: string,
  query: Record<string, string>,
): Promise<Wire[]> {
  const rows: Wire[] = [];
  let after: string | undefined;
  for (let page = 0; page < 5_000; page++) {
    const { status, json } = await graph(sandbox, path, after === undefined ? query : { ...query, after });
    if (status !== 200) throw new Error(JSON.stringify(json));
    rows.push(...json.data);
    if (json.paging?.next === undefined) return rows;
    after = json.paging.cursors.after;
  }
  throw new Error('the list does not end');
}

export const days = (since: string, until: string): Record<string, string> => ({
  time_range: JSON.stringify({ since, until }),
  time_increment: '1',
});

/** Money text as whole cents. */
export const cents = (text: unknown): bigint => BigInt(Math.round(Number(text ?? 0) * 100));

export const sum = (values: Iterable<bigint>): bigint =>
  [...values].reduce((total, value) => total + value, 0n);
