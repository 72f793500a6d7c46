import type { ExecutionResult } from 'graphql';
import { GraphQLError } from 'graphql';
import type { HttpAnswer } from './refusal.ts';
import { withoutHttp } from './refusal.ts';

const PING_MS = 12_000;

type Results = AsyncIterableIterator<ExecutionResult>;

export function wantsEvents(request: Request): boolean {
  return /\btext\/event-stream\b/i.test(request.headers.get('accept') ?? '');
}

/**
 * Server-Sent Events as graphql-sse has them ("distinct connections"): `next` for each answer, then `complete`. What
 * ends a stream early is the last `next`. The next answer is made when the last was taken.
 */
export function answerEvents(result: unknown): Response {
  const isStream = typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
  const results = isStream ? (result as Results) : once(result as ExecutionResult);
  const { status, headers } = isStream ? { status: 200 } : httpOf(result as ExecutionResult);
  return new Response(encode(results), {
    status,
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies would hold events back to compress or collect them.
      'content-encoding': 'none',
      'x-accel-buffering': 'no',
      ...headers,
    },
  });
}

function encode(results: Results): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let pings: NodeJS.Timeout | undefined;
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      // Some browsers wait for a first byte.
      controller.enqueue(encoder.encode(':\n\n'));
      pings = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(':\n\n'));
      }, PING_MS);
    },
    pull: async (controller) => {
      const next = await results.next().catch((error: unknown) => ended(error));
      if (next.value) controller.enqueue(encoder.encode(`event: next\ndata: ${toJson(next.value)}\n\n`));
      if (!next.done) return;
      controller.enqueue(encoder.encode('event: complete\ndata:\n\n'));
      clearInterval(pings);
      controller.close();
    },
    cancel: async () => {
      clearInterval(pings);
      await results.return?.();
    },
  });
}

/** A stream rejects only with what the caller may read. */
function ended(error: unknown): IteratorResult<ExecutionResult, ExecutionResult> {
  if (!(error instanceof GraphQLError)) throw error;
  return { done: true, value: { errors: [error] } };
}

async function* once(result: ExecutionResult): AsyncGenerator<ExecutionResult, undefined> {
  yield await Promise.resolve(result);
  return undefined;
}

function toJson(result: ExecutionResult): string {
  return JSON.stringify(result.errors ? { ...result, errors: result.errors.map(withoutHttp) } : result);
}

function httpOf({ errors = [] }: ExecutionResult): HttpAnswer {
  const asked = errors.map((error) => error.extensions['http'] as HttpAnswer | undefined);
  return asked.find((http) => http !== undefined && !http.spec) ?? { status: 200 };
}
