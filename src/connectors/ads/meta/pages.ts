import { z } from 'zod';
import { ConnectorError } from '../../errors.ts';
import type { Graph, GraphAnswer, GraphCall } from './api.ts';

/** Far more than any list has: 500 rows a page make five million. */
export const MAX_PAGES = 10_000;

const list = z.object({
  data: z.array(z.unknown()),
  paging: z
    .object({
      cursors: z.object({ after: z.string().min(1).nullish() }).nullish(),
      next: z.string().nullish(),
    })
    .nullish(),
});

/** A place in a list: behind this cursor, with so many rows a page. Null = from the start, as the call says. */
export interface Place {
  after: string | null;
  limit: number | null;
}

/** A page of a list; `next` is null on the last one. */
export interface ListPage {
  rows: unknown[];
  next: Place | null;
}

export interface PagesOptions {
  /** Where to go on; a place that is no longer valid is the start. */
  from?: Place;
  maxPages?: number;
}

/**
 * The pages of a list, by `cursors.after`. `paging.next` only says that there is another page: its address contains
 * the token and is never followed. A page may be empty and still have a next one. An outdated cursor starts the list
 * again, once: rows may then come twice. Throws ConnectorError, with RETRY when the cursors go in circles.
 */
export async function* pages(
  graph: Graph,
  call: GraphCall,
  options: PagesOptions = {},
): AsyncGenerator<ListPage> {
  let from = options.from;
  for (let restarts = 1; ; restarts -= 1) {
    try {
      return yield* walk(graph, call, { ...options, ...(from && { from }) });
    } catch (error) {
      if (!isOutdatedCursor(error) || restarts === 0) throw error;
      from = { after: null, limit: null };
    }
  }
}

async function* walk(graph: Graph, call: GraphCall, options: PagesOptions): AsyncGenerator<ListPage> {
  const { from = { after: null, limit: null }, maxPages = MAX_PAGES } = options;
  const seen = new Set<string | null>([from.after]);
  let place: Place | null = from;
  for (let page = 1; place !== null; page += 1) {
    if (page > maxPages) throw endless(`more than ${maxPages} pages`);
    const answer: GraphAnswer<z.infer<typeof list>> = await graph(callAt(call, place), list);
    const after = cursorAfter(answer.value);
    place = after === null ? null : { after, limit: answer.limit ?? null };
    // Told with the page already: a bookmark that leads back is no bookmark.
    if (after !== null && seen.has(after)) throw endless('cursor loop');
    seen.add(after);
    yield { rows: answer.value.data, next: place };
  }
}

function callAt(call: GraphCall, { after, limit }: Place): GraphCall {
  const params = after === null ? call.params : { ...call.params, after };
  return { ...call, ...(params && { params }), ...(limit === null ? {} : { limit }) };
}

function cursorAfter(page: z.infer<typeof list>): string | null {
  if (page.paging?.next === undefined || page.paging.next === null) return null;
  const after = page.paging.cursors?.after;
  if (after === undefined || after === null) throw endless('a next page without a cursor');
  return after;
}

function isOutdatedCursor(error: unknown): boolean {
  return error instanceof ConnectorError && error.vendorCode?.split('/')[0] === '2642';
}

function endless(what: string): ConnectorError {
  return new ConnectorError(`Meta's list does not end properly: ${what}.`, { failure: 'RETRY' });
}
