import type { Sandbox } from '../../sandbox/index.ts';
import type { Wire } from './graph.ts';

export interface Asked {
  customer: string;
  login?: string;
  /** Default v25. */
  version?: string;
  /** Null = no header. */
  token?: string | null;
  developer?: string | null;
}

export interface GoogleReply {
  status: number;
  headers: Headers;
  text: string;
  json: unknown;
}

export const MANAGER = '7000000001';
export const TAU = { customer: '7100000001', login: MANAGER };
export const ZIELONA = { customer: '7200000001' };

function headersOf({
  login,
  token = 'sandbox-test',
  developer = 'dev-token',
}: Asked): Record<string, string> {
  return {
    'content-type': 'application/json',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(developer === null ? {} : { 'developer-token': developer }),
    ...(login === undefined ? {} : { 'login-customer-id': login }),
  };
}

async function replyOf(answer: Promise<Response>): Promise<GoogleReply> {
  const { status, headers, ...response } = await answer.then(async (response) => ({
    status: response.status,
    headers: response.headers,
    text: await response.text(),
  }));
  const isJson = headers.get('content-type')?.startsWith('application/json') ?? false;
  return { status, headers, text: response.text, json: isJson ? parsed(response.text) : undefined };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One call of `googleAds:searchStream` or another method of a customer. */
export function post(
  sandbox: Sandbox,
  asked: Asked,
  { method, body }: { method: 'search' | 'searchStream'; body: unknown },
): Promise<GoogleReply> {
  const { version = 'v25', customer } = asked;
  const url = `${sandbox.urls.google}/${version}/customers/${customer}/googleAds:${method}`;
  return replyOf(fetch(url, { method: 'POST', headers: headersOf(asked), body: JSON.stringify(body) }));
}

export const stream = (sandbox: Sandbox, asked: Asked, query: string): Promise<GoogleReply> =>
  post(sandbox, asked, { method: 'searchStream', body: { query } });

export function get(
  sandbox: Sandbox,
  path: string,
  asked: Omit<Asked, 'customer'> = {},
): Promise<GoogleReply> {
  return replyOf(fetch(`${sandbox.urls.google}${path}`, { headers: headersOf({ customer: '', ...asked }) }));
}

/** Every row of a stream; throws when it failed. */
export async function rowsOf(sandbox: Sandbox, asked: Asked, query: string): Promise<Wire[]> {
  const { status, json } = await stream(sandbox, asked, query);
  if (status !== 200 || !Array.isArray(json)) throw new Error(`${status} ${JSON.stringify(json)}`);
  return (json as { results?: Wire[] }[]).flatMap(({ results = [] }) => results);
}

/** The first error of a failure, wrapped in a list or not. */
export function failureOf({ json }: Pick<GoogleReply, 'json'>): Wire {
  const { error } = (Array.isArray(json) ? json[0] : json) as {
    error: Wire & { details?: { errors?: Wire[] }[] };
  };
  return error.details?.[0]?.errors?.[0] ?? error;
}

/** A member of a member: `at(row, 'metrics.clicks')`. */
export function at(row: Wire, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Wire | undefined)?.[name], row);
}

/** A number or numeric text as whole millionths. */
export const micros = (value: unknown): bigint => BigInt(Math.round(Number(value ?? 0) * 1_000_000));
