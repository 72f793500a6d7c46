import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { isAsyncIterable } from 'graphql-yoga';
import type { GraphQLError } from 'graphql';
import type { FrontDoor } from './frontDoor.ts';
import { BAD_REQUEST, refusal } from './refusal.ts';
import { answerEvents, wantsEvents } from './sse.ts';
import type { Transport } from './transport.ts';

const JSON_TYPE = 'application/json';

/**
 * Puts our front door into yoga: yoga speaks HTTP and its media types, we read the body, decide and execute. Of bodies
 * only JSON is read, because a form or plain text can be posted by any page without asking first.
 */
export function throughFrontDoor(door: FrontDoor): Plugin<object, Transport> {
  return {
    onRequestParse: ({ request, setRequestParser }) => {
      if (request.method === 'POST') setRequestParser(async (sent) => asParams(await readBody(sent)));
      if (request.method === 'GET') setRequestParser((sent) => asParams(readQuery(sent.url)));
    },
    onParams: (hook) => {
      hook.setParamsHandler(async ({ params, context }) => {
        const admission = await door.admit(params, context);
        return admission.errors ? { errors: admission.errors } : door.perform(admission.admitted);
      });
    },
    onResultProcess: (hook) => {
      if (!isAsyncIterable(hook.result) && !wantsEvents(hook.request)) return;
      hook.setResultProcessor(answerEvents, 'text/event-stream');
    },
  };
}

/** The front door checks what they are; yoga's types say it too early. */
function asParams(value: unknown): GraphQLParams {
  return value as GraphQLParams;
}

async function readBody(request: Request): Promise<unknown> {
  const [type = '', ...parameters] = (request.headers.get('content-type') ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  if (type !== JSON_TYPE || (charset !== undefined && !/^charset="?utf-8"?$/.test(charset))) {
    throw refusal(`Send the request as ${JSON_TYPE} in UTF-8.`, { http: { status: 415 } });
  }
  return fromJson(decode(await request.arrayBuffer()), 'The body');
}

function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw bad('The body must be UTF-8.');
  }
}

function readQuery(url: string): unknown {
  const search = url.split('?')[1] ?? '';
  try {
    decodeURIComponent(search);
  } catch {
    throw bad('The query string must be UTF-8.');
  }
  const given = new URLSearchParams(search);
  const json = (name: string) => {
    const text = given.get(name);
    return text ? fromJson(text, `"${name}"`) : null;
  };
  return {
    query: given.get('query'),
    operationName: given.get('operationName'),
    variables: json('variables'),
    extensions: json('extensions'),
  };
}

function fromJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw bad(`${what} must be JSON.`);
  }
}

function bad(message: string): GraphQLError {
  return refusal(message, { http: BAD_REQUEST });
}
