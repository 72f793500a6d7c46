import type { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { pause } from '../faults/pause.ts';
import type { GoogleReply } from './api.ts';
import { errorJson, GoogleAdsError } from './errors.ts';
import type { GoogleFaultReply } from './faults.ts';
import { isObject, type Json } from './json.ts';

/** A call on its way to an answer. */
export interface Performance {
  outgoing: ServerResponse;
  /** The right answer; computed only when it is needed. */
  answer(): GoogleReply;
  /** Told of the rows that go out whole, and whether a fault changed them. */
  served(reply: GoogleReply, page: { rows: Json[]; isChanged: boolean }): void;
  /** The version of the path, `v23`, and whether failures are wrapped in a list. */
  version: string;
  isStream: boolean;
}

/** Answers a call as the fault wants it; without one, rightly. */
export async function perform(call: Performance, fault: GoogleFaultReply | null): Promise<Response> {
  const { outgoing } = call;
  if (fault === null) return send(call, call.answer());
  switch (fault.kind) {
    case 'error':
      return errorResponse(call, fault);
    case 'status':
      return new Response(fault.body ?? '', { status: fault.status, headers: fault.headers ?? {} });
    case 'hang':
      await pause(fault.ms ?? null, outgoing);
      outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
    case 'delay':
      await pause(fault.ms, outgoing);
      return send(call, call.answer());
    case 'close':
      return breakOff(call, fault.atBytes ?? 20);
    case 'truncate': {
      const reply = call.answer();
      const bytes = Buffer.from(textOf(reply)).subarray(0, fault.atBytes);
      return new Response(bytes, { status: reply.status, headers: headersOf(reply) });
    }
    default:
      return send(call, changed(call.answer(), fault), true);
  }
}

function errorResponse(
  call: Performance,
  { errorCode, message, status, quotaErrorDetails }: Extract<GoogleFaultReply, { kind: 'error' }>,
): Response {
  const [name = 'ERROR'] = Object.values(errorCode);
  const how = status === undefined ? {} : { status };
  const error = new GoogleAdsError(message ?? name, { errorCode, quota: quotaErrorDetails, ...how });
  const requestId = 'sandbox-scripted-fault';
  const json = errorJson(error, call.version, requestId);
  const body = { json: call.isStream ? [json] : json };
  return send(call, { status: error.status, requestId, body });
}

/** Sends an answer and tells which rows it holds. */
function send(call: Performance, reply: GoogleReply, isChanged = false): Response {
  if (reply.served !== undefined) call.served(reply, { rows: rowsOf(reply), isChanged });
  return new Response(bodyOf(reply), { status: reply.status, headers: headersOf(reply) });
}

/** Long streams go out chunk by chunk, so that no text of all of them is ever made. */
function bodyOf(reply: GoogleReply): string | ReadableStream<Uint8Array> {
  const chunks = chunksOf(reply);
  if (chunks.length < 2) return textOf(reply);
  const parts = chunks.entries();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = parts.next();
      if (done) {
        controller.enqueue(Buffer.from(']'));
        controller.close();
        return;
      }
      const [place, chunk] = value;
      controller.enqueue(Buffer.from(`${place === 0 ? '[' : ','}${JSON.stringify(chunk)}`));
    },
  });
}

function chunksOf({ body }: GoogleReply): Json[] {
  if ('html' in body) return [];
  return Array.isArray(body.json) ? body.json : [body.json];
}

function rowsOf(reply: GoogleReply): Json[] {
  return chunksOf(reply).flatMap((chunk) => resultsOf(chunk) ?? []);
}

function resultsOf(chunk: Json): Json[] | undefined {
  const results = isObject(chunk) ? chunk['results'] : undefined;
  return Array.isArray(results) ? results : undefined;
}

/** The answer as the fault makes it; failures stay as they are. */
function changed(reply: GoogleReply, fault: GoogleFaultReply): GoogleReply {
  if (reply.served === undefined || 'html' in reply.body) return reply;
  const { json } = reply.body;
  const each = (change: (chunk: Json) => Json): Json =>
    Array.isArray(json) ? json.map(change) : change(json);
  if (fault.kind === 'rewrite') return { ...reply, body: { json: fault.rewrite(structuredClone(json)) } };
  if (fault.kind === 'empty') {
    const blank = Array.isArray(json) ? json.slice(0, 1) : json;
    const none = { results: undefined, nextPageToken: undefined };
    const empty = Array.isArray(blank)
      ? blank.map((chunk) => withMembers(chunk, none))
      : withMembers(blank, none);
    return { ...reply, body: { json: empty }, served: { ...reply.served, last: true } };
  }
  if (fault.kind !== 'duplicate') return reply;
  if (fault.what === 'chunks' && Array.isArray(json)) return { ...reply, body: { json: [...json, ...json] } };
  const twice = (chunk: Json): Json => {
    const results = resultsOf(chunk);
    return results === undefined ? chunk : withMembers(chunk, { results: [...results, ...results] });
  };
  return { ...reply, body: { json: each(twice) } };
}

function withMembers(chunk: Json, members: { [name: string]: Json }): Json {
  return isObject(chunk) ? { ...chunk, ...members } : chunk;
}

function textOf({ body }: GoogleReply): string {
  return 'html' in body ? body.html : JSON.stringify(body.json);
}

function headersOf({ body, requestId }: GoogleReply): Record<string, string> {
  const type = 'html' in body ? 'text/html; charset=UTF-8' : 'application/json; charset=UTF-8';
  return { 'content-type': type, 'request-id': requestId };
}

/** Sends the beginning of the right answer, then ends the connection. */
function breakOff(call: Performance, atBytes: number): Response {
  const { outgoing } = call;
  const reply = call.answer();
  const bytes = Buffer.from(textOf(reply));
  outgoing.writeHead(reply.status, { ...headersOf(reply), 'content-length': String(bytes.length + 1) });
  outgoing.write(bytes.subarray(0, atBytes), () => outgoing.destroy());
  return RESPONSE_ALREADY_SENT;
}
