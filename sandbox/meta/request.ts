import type { PageFault } from './paging.ts';
import type { JsonObject } from './json.ts';
import type { ServedPage } from './ledger.ts';

/** A call as it arrives, its query and form merged. */
export interface GraphRequest {
  method: string;
  /** Decoded, with the version: `/v25.0/act_1/insights`. */
  path: string;
  params: URLSearchParams;
  token: string | null;
  at: Date;
  /** `http://127.0.0.1:1234`, for `next`. */
  origin: string;
  /** A scripted misbehaviour of the page to be served. */
  pageFault?: PageFault;
}

export interface GraphReply {
  status: number;
  headers: Record<string, string>;
  json: JsonObject | JsonObject[];
  /** The insights in it, for the ledger. */
  served?: ServedPage;
}
