import type { TestApp } from '../support/app.ts';
import { collectSocket } from '../support/subscribe.ts';

export interface Asking {
  test: TestApp;
  key: string | null;
  document: string;
}

/** The whole answer as text: what any of its readers could see. */
type Ask = (asking: Asking) => Promise<string>;

const headers = (key: string | null) => (key === null ? {} : { authorization: `Bearer ${key}` });

const overPost: Ask = async ({ test, key, document }) => {
  const answer = await fetch(test.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers(key) },
    body: JSON.stringify({ query: document }),
  });
  return answer.text();
};

const overGet: Ask = async ({ test, key, document }) => {
  const url = `${test.graphqlUrl}?${new URLSearchParams({ query: document }).toString()}`;
  return (await fetch(url, { headers: { accept: 'application/json', ...headers(key) } })).text();
};

const overEvents: Ask = async ({ test, key, document }) => {
  const answer = await fetch(test.graphqlUrl, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', ...headers(key) },
    body: JSON.stringify({ query: document }),
  });
  return answer.text();
};

const overSocket: Ask = async ({ test, key, document }) => {
  try {
    return JSON.stringify(await collectSocket({ url: test.graphqlUrl, key, query: document }));
  } catch (error) {
    return `refused: ${error instanceof Error ? error.message : JSON.stringify(error)}`;
  }
};

/** The four ways into the API, by name. A subscription cannot be asked for over plain POST and GET. */
export const TRANSPORTS: Record<string, { ask: Ask; operations: readonly string[] }> = {
  POST: { ask: overPost, operations: ['query', 'mutation'] },
  GET: { ask: overGet, operations: ['query'] },
  SSE: { ask: overEvents, operations: ['query', 'subscription'] },
  WebSocket: { ask: overSocket, operations: ['query', 'subscription'] },
};
