import type { Context } from 'hono';
import type { GraphRequest } from './request.ts';

/** A call as it arrived over HTTP: query and form merged, the token from the header or the parameters. */
export async function readRequest(c: Context, at: Date): Promise<GraphRequest> {
  const url = new URL(c.req.url);
  const body = c.req.method === 'GET' ? '' : await c.req.text();
  const params = new URLSearchParams([...url.searchParams, ...formOf(body)]);
  const bearer = /^(?:Bearer|OAuth) (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  const token = bearer ?? params.get('access_token');
  params.delete('access_token');
  return { method: c.req.method, path: decoded(url.pathname), params, token, at, origin: url.origin };
}

/** Members of a JSON body or of a form; values that are not text are written as JSON, as the platform reads them. */
function formOf(body: string): [string, string][] {
  if (!body.trimStart().startsWith('{')) return [...new URLSearchParams(body)];
  try {
    const members = Object.entries(JSON.parse(body) as Record<string, unknown>);
    return members.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
  } catch {
    return [];
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
