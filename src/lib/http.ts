/** The only place that calls fetch. */
import { counted } from './calls.ts';

/**
 * Why no whole answer came: TIMEOUT in the given time · LOST the connection failed before an answer · TOO_LARGE the
 * body passes `maxBytes` · TRUNCATED the body broke off · INVALID the request cannot be sent as it is.
 */
export const HTTP_FAILURES = ['TIMEOUT', 'LOST', 'TOO_LARGE', 'TRUNCATED', 'INVALID'] as const;
export type HttpFailure = (typeof HTTP_FAILURES)[number];

const MESSAGES: Record<HttpFailure, string> = {
  TIMEOUT: 'No whole answer in time.',
  LOST: 'The connection failed.',
  TOO_LARGE: 'The answer is larger than allowed.',
  TRUNCATED: 'The answer broke off.',
  INVALID: 'The request cannot be sent: its address, a parameter or a header is malformed.',
};

/**
 * No whole answer. Holds the system's error code at most: the runtime's own errors quote addresses and headers,
 * and with them tokens, so they are never kept as a cause.
 */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly kind: HttpFailure;
  /** `ECONNREFUSED`, `UND_ERR_SOCKET` …, when there was one. */
  readonly systemCode: string | undefined;

  constructor(kind: HttpFailure, systemCode?: string) {
    super(systemCode === undefined ? MESSAGES[kind] : `${MESSAGES[kind]} (${systemCode})`);
    this.kind = kind;
    this.systemCode = systemCode;
  }
}

export interface HttpRequest {
  method: 'GET' | 'POST';
  /** Origin and path; parameters go into `query`. */
  url: string;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** For the whole exchange, the body included. */
  timeoutMs: number;
  /** Ends the exchange early; `send` rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Of the body after decompression. */
  maxBytes?: number;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  /** The body read as UTF-8. */
  text: string;
}

const MAX_BYTES = 64 * 1024 * 1024;

/**
 * One HTTP exchange. Every status is an answer; redirects are not followed, because they would carry parameters to
 * an address nobody configured. Throws HttpError, or the signal's reason.
 */
export async function send(request: HttpRequest): Promise<HttpAnswer> {
  request.signal?.throwIfAborted();
  return counted(request, () => sendInTime(request));
}

async function sendInTime(request: HttpRequest): Promise<HttpAnswer> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop.abort();
  }, request.timeoutMs);
  request.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await exchange(request, stop.signal);
  } catch (error) {
    request.signal?.throwIfAborted();
    if (late) throw new HttpError('TIMEOUT');
    throw error;
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', onAbort);
  }
}

async function exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const prepared = prepare(request, signal);
  let response: Response;
  try {
    response = await fetch(prepared);
  } catch (error) {
    throw new HttpError('LOST', systemCode(error));
  }
  return { status: response.status, headers: response.headers, text: await readText(response, request) };
}

function prepare(request: HttpRequest, signal: AbortSignal): Request {
  try {
    const url = new URL(request.url);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const init: RequestInit = { method: request.method, redirect: 'manual', signal };
    if (request.headers) init.headers = { ...request.headers };
    if (request.body !== undefined) init.body = request.body;
    return new Request(url, init);
  } catch {
    throw new HttpError('INVALID');
  }
}

async function readText(response: Response, request: HttpRequest): Promise<string> {
  const max = request.maxBytes ?? MAX_BYTES;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > max) throw new HttpError('TOO_LARGE');
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof HttpError ? error : new HttpError('TRUNCATED', systemCode(error));
  }
  if (bytes < announcedBytes(response.headers)) throw new HttpError('TRUNCATED');
  return new TextDecoder('utf-8').decode(Buffer.concat(chunks, bytes));
}

/** The announced length counts compressed bytes, so it can only be compared with a body that was not. */
function announcedBytes(headers: Headers): number {
  if (headers.has('content-encoding')) return 0;
  const length = Number(headers.get('content-length') ?? '0');
  return Number.isSafeInteger(length) ? length : 0;
}

function systemCode(error: unknown): string | undefined {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined;
  return typeof cause.code === 'string' ? cause.code : undefined;
}
