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

/**
 * The pages of a list, by `cursors.after`. `paging.next` only says that there is another page: its address contains
 * the token and is never followed. A page may be empty and still have a next one. An outdated cursor starts the list
 * again, once: rows may then come twice. Throws ConnectorError, with RETRY when the cursors go in circles.
 */
export async function* pages(graph: Graph, call: GraphCall, maxPages = MAX_PAGES): AsyncGenerator<unknown[]> {
  let restarts = 1;
  for (;;) {
    try {
      return yield* walk(graph, call, maxPages);
    } catch (error) {
      if (!isOutdatedCursor(error) || restarts === 0) throw error;
      restarts -= 1;
    }
  }
}

async function* walk(graph: Graph, call: GraphCall, maxPages: number): AsyncGenerator<unknown[]> {
  const seen = new Set<string>();
  let next: GraphCall | null = call;
  for (let page = 1; next !== null; page += 1) {
    if (page > maxPages) throw endless(`more than ${maxPages} pages`);
    const answer: GraphAnswer<z.infer<typeof list>> = await graph(next, list);
    yield answer.value.data;
    const after = cursorAfter(answer.value);
    if (after !== null && seen.has(after)) throw endless('cursor loop');
    if (after !== null) seen.add(after);
    next = after === null ? null : following(call, after, answer.limit);
  }
}

function cursorAfter(page: z.infer<typeof list>): string | null {
  if (page.paging?.next === undefined || page.paging.next === null) return null;
  const after = page.paging.cursors?.after;
  if (after === undefined || after === null) throw endless('a next page without a cursor');
  return after;
}

function following(call: GraphCall, after: string, limit: number | undefined): GraphCall {
  return { ...call, params: { ...call.params, after }, ...(limit === undefined ? {} : { limit }) };
}

function isOutdatedCursor(error: unknown): boolean {
  return error instanceof ConnectorError && error.vendorCode?.split('/')[0] === '2642';
}

function endless(what: string): ConnectorError {
  return new ConnectorError(`Meta's list does not end properly: ${what}.`, { failure: 'RETRY' });
}
