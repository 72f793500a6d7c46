import * as oauth from 'oauth4webapi';
import { send } from '../../../lib/http.ts';

const TIMEOUT_MS = 20_000;
const MAX_BYTES = 1024 * 1024;

/** Sends the OAuth library's calls through our own door: with a time limit, and without following redirects. */
export function doorOf(tokenEndpoint: string, signal?: AbortSignal): oauth.TokenEndpointRequestOptions {
  return {
    [oauth.customFetch]: async (url, { method, headers, body }) => {
      const answer = await send({
        method,
        url,
        headers,
        body: String(body),
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_BYTES,
        ...(signal ? { signal } : {}),
      });
      return new Response(answer.text, { status: answer.status, headers: answer.headers });
    },
    // Only a configured address is plain HTTP: the sandbox on this machine.
    [oauth.allowInsecureRequests]: tokenEndpoint.startsWith('http://'),
  };
}
