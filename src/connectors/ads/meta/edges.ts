import { z } from 'zod';
import type { AccountAccess, Bookmark, Structure, StructurePage } from '../contract.ts';
import type { Graph } from './api.ts';
import { accountCall, PAGE_ROWS } from './calls.ts';
import {
  AD_FIELDS,
  AD_SET_FIELDS,
  AD_SET_STATUSES,
  AD_STATUSES,
  CAMPAIGN_FIELDS,
  CAMPAIGN_STATUSES,
} from './fields.ts';
import type { Place } from './pages.ts';
import { pages } from './pages.ts';
import { toAd, toAdSet, toCampaign } from './structure.ts';

const EDGES = ['campaigns', 'adsets', 'ads'] as const;

const NOTHING: Structure = { campaigns: [], adSets: [], ads: [] };

const HOW: Readonly<
  Record<
    (typeof EDGES)[number],
    { fields: string[]; statuses: string[]; read: (rows: unknown[]) => Partial<Structure> }
  >
> = {
  campaigns: {
    fields: CAMPAIGN_FIELDS,
    statuses: CAMPAIGN_STATUSES,
    read: (rows) => ({ campaigns: eachOnce(rows, toCampaign) }),
  },
  adsets: {
    fields: AD_SET_FIELDS,
    statuses: AD_SET_STATUSES,
    read: (rows) => ({ adSets: eachOnce(rows, toAdSet) }),
  },
  ads: { fields: AD_FIELDS, statuses: AD_STATUSES, read: (rows) => ({ ads: eachOnce(rows, toAd) }) },
};

const place = z.object({
  edge: z.enum(EDGES),
  after: z.string().min(1).nullable(),
  limit: z.number().int().positive().nullable(),
});

/** Campaigns, then ad sets, then ads, archived and deleted ones included, page by page. */
export async function* readStructure(
  graph: Graph,
  access: AccountAccess,
  from?: Bookmark,
): AsyncGenerator<StructurePage> {
  const start = place.safeParse(from).data ?? { edge: EDGES[0], after: null, limit: null };
  let at: Place = start;
  for (const edge of EDGES.slice(EDGES.indexOf(start.edge))) {
    const { fields, statuses, read } = HOW[edge];
    const params = { fields: fields.join(','), effective_status: JSON.stringify(statuses) };
    const call = { ...accountCall(access, `/${edge}`, params), limit: PAGE_ROWS };
    const following = EDGES[EDGES.indexOf(edge) + 1];
    const behind = following === undefined ? null : { edge: following, after: null, limit: null };
    for await (const page of pages(graph, call, { from: at })) {
      yield { ...NOTHING, ...read(page.rows), next: page.next === null ? behind : { edge, ...page.next } };
    }
    at = { after: null, limit: null };
  }
}

/** The objects of a page, each once: a list that shifts while it is read shows some of them twice. */
function eachOnce<T extends { externalId: string }>(rows: unknown[], read: (row: unknown) => T | null): T[] {
  const found = rows.map(read).filter((one) => one !== null);
  return [...new Map(found.map((one) => [one.externalId, one])).values()];
}
