import { invalidParameter } from './errors.ts';
import { isObject, readJson, textOf, type Json, type JsonObject } from './json.ts';
import type { GraphReply, GraphRequest } from './request.ts';

const MAX_CALLS = 50;

/** Several calls in one: each answered by itself, its body as JSON text. */
export function answerBatch(request: GraphRequest, answer: (call: GraphRequest) => GraphReply): GraphReply {
  const calls = readJson(request.params.get('batch') ?? '');
  if (!Array.isArray(calls)) throw invalidParameter('Param batch must be an array.');
  if (calls.length > MAX_CALLS)
    throw invalidParameter(`Too many requests in batch message. Maximum is ${MAX_CALLS}`);
  return { status: 200, headers: {}, json: calls.map((call) => answerCall(request, call, answer)) };
}

function answerCall(
  request: GraphRequest,
  call: Json,
  answer: (call: GraphRequest) => GraphReply,
): JsonObject {
  const { method, relative_url, body } = isObject(call) ? call : {};
  const url = new URL(textOf(relative_url), 'http://batch/');
  const params = new URLSearchParams([...url.searchParams, ...new URLSearchParams(textOf(body))]);
  const token = params.get('access_token') ?? request.token;
  const path = decodeURIComponent(url.pathname);
  const reply = answer({ ...request, method: textOf(method) || 'GET', path, params, token });
  const headers = Object.entries(reply.headers).map(([name, value]) => ({ name, value }));
  return { code: reply.status, headers, body: JSON.stringify(reply.json) };
}
