import type { Reply } from '../schema/builder.ts';

/** What the transport knows of a request beside its body: the same for POST, GET, SSE and WebSocket. */
export interface Transport {
  /** The `Authorization` value: the header, or `{ "Authorization": "Bearer trb_…" }` of `connection_init`. */
  authorization: string | null;
  /** The `Cookie` header. */
  cookie: string | null;
  /** Whether a page of ours made it: `x-tributary-csrf` over HTTP, a checked `Origin` over WebSocket. */
  fromOwnPage: boolean;
  /** The caller's network address. */
  origin: string | null;
  /** True for GET: following a link must change nothing. */
  readOnly: boolean;
  /** Null over WebSocket. */
  reply: Reply | null;
}
