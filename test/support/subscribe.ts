import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

export interface Subscribing {
  url: string;
  key: string | null;
  query: string;
  variables?: Record<string, unknown>;
}

/** Everything a subscription over graphql-ws sends until it completes. Rejects with what the server refuses. */
export async function collectSocket<Data>(options: Subscribing): Promise<Data[]> {
  const client = createClient({
    url: options.url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(options.key === null ? {} : { connectionParams: { Authorization: `Bearer ${options.key}` } }),
  });
  try {
    const found: Data[] = [];
    const { query, variables = {} } = options;
    for await (const { data, errors } of client.iterate<Record<string, unknown>>({ query, variables })) {
      if (errors) throw new AggregateError(errors, errors.map((error) => error.message).join('; '));
      found.push(data as Data);
    }
    return found;
  } finally {
    await client.dispose();
  }
}

/** The same over Server-Sent Events, as a browser's EventSource would get it. */
export async function collectEvents<Data>(options: Subscribing): Promise<Data[]> {
  const response = await fetch(options.url, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      ...(options.key === null ? {} : { authorization: `Bearer ${options.key}` }),
    },
    body: JSON.stringify({ query: options.query, variables: options.variables }),
  });
  const blocks = (await response.text()).split('\n\n');
  return blocks
    .filter((block) => /^event: next$/m.test(block))
    .map((block) => JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? '') as { data: Data })
    .map((payload) => payload.data);
}
