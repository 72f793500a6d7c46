import type { ServerResponse } from 'node:http';
import { serve, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono, type Context } from 'hono';
import type { FaultBook, FaultReply } from '../faults/faults.ts';
import { pause } from '../faults/pause.ts';
import type { World } from '../world/world.ts';
import { createGraphApi, type GraphApi } from './api.ts';
import { controlRoutes, type SandboxClock } from './control.ts';
import { errorJson } from './errors.ts';
import { isObject, type Json } from './json.ts';
import type { LedgerBook } from './ledger.ts';
import { createOAuthDesk } from './oauth.ts';
import type { PageFault } from './paging.ts';
import { readRequest } from './readRequest.ts';
import type { GraphReply, GraphRequest } from './request.ts';

export interface MetaServerParts {
  world: World;
  clock: SandboxClock;
  ledger: LedgerBook;
  faults: FaultBook;
  /** Valid besides `sandbox-…`. */
  tokens: ReadonlySet<string>;
  /** 0 = a free one. */
  port: number;
}

interface MetaServer {
  url: string;
  close(): Promise<void>;
}

type Bound = { Bindings: HttpBindings };
const PAGE_FAULTS = new Set<string>(['repeatPage', 'emptyPage', 'loopCursor']);

/** Serves the Graph API, and its control routes under `/_sandbox`, on 127.0.0.1. Rejects when the port is taken. */
export async function startMetaServer(parts: MetaServerParts): Promise<MetaServer> {
  const oauth = createOAuthDesk(parts.tokens, (token) => parts.faults.isExpired(token));
  const api = createGraphApi(parts.world, oauth, parts.faults);
  const app = new Hono<Bound>();
  app.route('/_sandbox', controlRoutes(parts));
  app.get('/:version/dialog/oauth', (c) => {
    const back = oauth.dialog(new URL(c.req.url).searchParams, parts.clock.now());
    return back === null
      ? c.text('The app is not set up, or its redirect_uri is not allowed.', 400)
      : c.redirect(back);
  });
  app.all('*', async (c) => {
    const request = await readRequest(c, parts.clock.now());
    const account = api.accountOf(request.path);
    const { method, path, params, token } = request;
    const fault = parts.faults.take({ method, path, account, params, token });
    const response = await perform({ ...parts, api, c, request }, fault);
    parts.ledger.addRequest({
      at: request.at.toISOString(),
      method,
      path,
      query: Object.fromEntries(params),
      account,
      status: response === RESPONSE_ALREADY_SENT ? 0 : response.status,
      fault: fault?.kind ?? null,
    });
    return response;
  });
  return listen(app, parts.port);
}

function listen(app: Hono<Bound>, port: number): Promise<MetaServer> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (info) => {
      const close = (): Promise<void> =>
        new Promise((closed) => {
          server.close(() => closed());
          if ('closeAllConnections' in server) server.closeAllConnections();
        });
      resolve({ url: `http://127.0.0.1:${info.port}`, close });
    });
    server.once('error', reject);
  });
}

interface Call extends MetaServerParts {
  api: GraphApi;
  c: Context<Bound>;
  request: GraphRequest;
}

/** Answers a call as the fault wants it; without one, rightly. */
async function perform(call: Call, fault: FaultReply | null): Promise<Response> {
  if (fault === null) return send(call, call.api.answer(call.request));
  if (fault.kind === 'error') {
    return jsonResponse({ status: fault.status, headers: fault.headers ?? {}, json: errorJson(fault.error) });
  }
  if (fault.kind === 'status') {
    return new Response(fault.body ?? '', { status: fault.status, headers: fault.headers ?? {} });
  }
  if (fault.kind === 'close') return breakOff(call.c.env.outgoing);
  if (fault.kind === 'hang') {
    await pause(fault.ms ?? null, call.c.env.outgoing);
    return hangUp(call.c.env.outgoing);
  }
  if (fault.kind === 'delay') {
    await pause(fault.ms, call.c.env.outgoing);
    return send(call, call.api.answer(call.request));
  }
  return performChanged(call, fault);
}

function performChanged(call: Call, fault: FaultReply): Response {
  if (PAGE_FAULTS.has(fault.kind)) {
    return send(call, call.api.answer({ ...call.request, pageFault: fault.kind as PageFault }));
  }
  const reply = call.api.answer(call.request);
  if (fault.kind === 'headers')
    return send(call, { ...reply, headers: { ...reply.headers, ...fault.headers } });
  if (fault.kind === 'truncate') {
    const body = Buffer.from(JSON.stringify(reply.json)).subarray(0, fault.atBytes);
    return new Response(body, {
      status: reply.status,
      headers: { ...reply.headers, 'content-type': JSON_TYPE },
    });
  }
  const changed =
    fault.kind === 'rewrite' ? fault.rewrite(structuredClone(reply.json)) : merged(reply.json, fault);
  return send(call, { ...reply, json: changed as GraphReply['json'] }, changed);
}

function merged(json: Json, fault: FaultReply): Json {
  return isObject(json) && fault.kind === 'merge' ? { ...json, ...fault.json } : json;
}

const JSON_TYPE = 'application/json; charset=UTF-8';

/** Sends an answer and enters its rows into the ledger; `changed` is what a fault made of it. */
function send({ ledger }: Call, reply: GraphReply, changed?: Json): Response {
  if (reply.served !== undefined)
    ledger.addPage(reply.served, isObject(changed) ? changed['data'] : undefined);
  return jsonResponse(reply);
}

function jsonResponse({ status, headers, json }: GraphReply): Response {
  return new Response(JSON.stringify(json), { status, headers: { ...headers, 'content-type': JSON_TYPE } });
}

/** Promises more bytes than it sends, then ends the connection. */
function breakOff(outgoing: ServerResponse): Response {
  outgoing.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': '4096' });
  outgoing.write('{"data":[', () => outgoing.destroy());
  return RESPONSE_ALREADY_SENT;
}

function hangUp(outgoing: ServerResponse): Response {
  outgoing.destroy();
  return RESPONSE_ALREADY_SENT;
}
