import { openRawSocket } from '../support/ways.ts';
import { waitFor } from '../support/waitFor.ts';

export interface Heard {
  type: 'next' | 'error' | 'complete';
  payload: unknown;
}

/** A subscription that was begun, and what it said so far. */
export interface Subscribed {
  heard: Heard[];
  /** The codes of the errors that were said, in order. */
  codes(): string[];
  ended(): Promise<void>;
  stop(): void;
}

export interface Subscribing {
  url: string;
  /** Besides or instead of the key: a session's cookie. */
  headers?: Record<string, string>;
  key: string | null;
  query: string;
}

export type Begin = (subscribing: Subscribing) => Promise<Subscribed>;

interface Payload {
  errors?: { extensions: { code: string } }[];
}

function subscribed(heard: Heard[], stop: () => void): Subscribed {
  const isOver = () => heard.some(({ type }) => type === 'complete' || type === 'error');
  return {
    heard,
    codes: () =>
      heard
        .flatMap(
          ({ type, payload }) => (type === 'error' ? payload : (payload as Payload | null)?.errors) ?? [],
        )
        .map((error) => (error as { extensions: { code: string } }).extensions.code),
    ended: async () => void (await waitFor(isOver, { what: 'the subscription to end' })),
    stop,
  };
}

const overSocket: Begin = async ({ url, key, query }) => {
  const socket = await openRawSocket({ url, key });
  const heard: Heard[] = [];
  socket.on('message', (text: Buffer) => heard.push(JSON.parse(text.toString('utf8')) as Heard));
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
  return subscribed(heard, () => socket.terminate());
};

const overEvents =
  (method: 'GET' | 'POST'): Begin =>
  async ({ url, key, query, headers = {} }) => {
    const stopping = new AbortController();
    const search = method === 'GET' ? `?${new URLSearchParams({ query }).toString()}` : '';
    const response = await fetch(`${url}${search}`, {
      method,
      signal: stopping.signal,
      headers: {
        accept: 'text/event-stream',
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...headers,
      },
      ...(method === 'POST' ? { body: JSON.stringify({ query }) } : {}),
    });
    const heard: Heard[] = [];
    void readEvents(response, heard).catch(() => undefined);
    return subscribed(heard, () => stopping.abort());
  };

async function readEvents(response: Response, heard: Heard[]): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, type, data] = /^event: (\w+)\ndata: ?(.*)$/.exec(block) ?? [];
      if (type)
        heard.push({ type: type as Heard['type'], payload: data ? (JSON.parse(data) as unknown) : null });
    }
  }
}

/** The ways to subscribe, by name. */
export const STREAMS: Record<string, Begin> = {
  WebSocket: overSocket,
  'SSE by POST': overEvents('POST'),
  'SSE by GET': overEvents('GET'),
};
