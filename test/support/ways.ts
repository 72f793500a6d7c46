import { once } from 'node:events';
import WebSocket from 'ws';

/** What is sent as one operation; unknowns, because much of it is wrong on purpose. */
export interface Asked {
  query?: string;
  variables?: unknown;
  operationName?: string;
  /** Sent as it is instead of the above: the body, the `variables` of a GET, the payload of a message. */
  raw?: string | Uint8Array;
}

export interface Answered {
  /** Null over WebSocket. */
  status: number | null;
  /** The code with which the server closed the socket instead of answering. */
  closed: number | null;
  data: unknown;
  codes: string[];
  messages: string[];
  headers: Headers | null;
  /** As it came. */
  text: string;
}

export type Way = (target: { url: string; key: string | null }, asked: Asked) => Promise<Answered>;

interface Payload {
  data?: unknown;
  errors?: { message: string; extensions?: { code: string } }[];
}

const bearer = (key: string | null): Record<string, string> =>
  key === null ? {} : { authorization: `Bearer ${key}` };

async function readAnswer(response: Response): Promise<Answered> {
  const text = await response.text();
  const json = /^data: (\{.*)$/m.exec(text)?.[1] ?? (text.startsWith('{') ? text : '{}');
  const { status, headers } = response;
  return { ...fromPayload(JSON.parse(json) as Payload), status, headers, closed: null, text };
}

function fromPayload({ data = null, errors = [] }: Payload): Pick<Answered, 'data' | 'codes' | 'messages'> {
  return {
    data,
    codes: errors.map((error) => error.extensions?.code ?? ''),
    messages: errors.map((error) => error.message),
  };
}

function bodyOf({ raw, ...asked }: Asked): BodyInit {
  if (raw === undefined) return JSON.stringify(asked);
  return typeof raw === 'string' ? raw : new Uint8Array(raw);
}

const post =
  (accept: string): Way =>
  async ({ url, key }, asked) =>
    readAnswer(
      await fetch(url, {
        method: 'POST',
        headers: { accept, 'content-type': 'application/json', ...bearer(key) },
        body: bodyOf(asked),
      }),
    );

const get: Way = async ({ url, key }, { raw, query, variables, operationName }) => {
  const given = new URLSearchParams();
  if (query !== undefined) given.set('query', query);
  if (variables !== undefined) given.set('variables', JSON.stringify(variables));
  if (operationName !== undefined) given.set('operationName', operationName);
  const percent = raw && Array.from(Buffer.from(raw), (byte) => `%${byte.toString(16).padStart(2, '0')}`);
  const search = percent ? `query={__typename}&variables=${percent.join('')}` : given.toString();
  return readAnswer(
    await fetch(`${url}?${search}`, { headers: { accept: 'application/json', ...bearer(key) } }),
  );
};

/** A socket that is connected and acknowledged. */
export async function openRawSocket(
  target: { url: string; key: string | null },
  headers: Record<string, string> = {},
): Promise<WebSocket> {
  const socket = new WebSocket(target.url.replace(/^http/, 'ws'), 'graphql-transport-ws', { headers });
  await once(socket, 'open');
  const payload = target.key === null ? {} : { Authorization: `Bearer ${target.key}` };
  socket.send(JSON.stringify({ type: 'connection_init', payload }));
  await once(socket, 'message');
  return socket;
}

const socket: Way = async (target, { raw, ...asked }) => {
  const opened = await openRawSocket(target);
  try {
    const answer = new Promise<Answered>((resolve) => {
      const base = { status: null, headers: null };
      opened.once('message', (message: Buffer) => {
        const sent = message.toString('utf8');
        const { type, payload } = JSON.parse(sent) as { type: string; payload?: Payload };
        const found = type === 'error' ? { errors: payload as Payload['errors'] & object } : (payload ?? {});
        resolve({ ...base, ...fromPayload(found), closed: null, text: sent });
      });
      opened.once('close', (closed: number) => resolve({ ...base, ...fromPayload({}), closed, text: '' }));
    });
    const [before, after] = ['{"id":"1","type":"subscribe","payload":', '}'];
    const payload = raw ?? JSON.stringify(asked);
    opened.send(Buffer.concat([before, payload, after].map((part) => Buffer.from(part))), { binary: false });
    return await answer;
  } finally {
    opened.terminate();
  }
};

/** The four ways in, by name. */
export const WAYS: Record<'POST' | 'GET' | 'SSE' | 'WebSocket', Way> = {
  POST: post('application/json'),
  GET: get,
  SSE: post('text/event-stream'),
  WebSocket: socket,
};
