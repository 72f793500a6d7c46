import { clientFilter } from '../services/access.ts';
import { writeChildCursor } from '../services/structure/children.ts';
import type { ChildRow, ChildTable } from '../services/structure/sql.ts';
import type { GraphQLContext } from './builder.ts';
import { builder } from './builder.ts';
import { Campaign } from './campaign.ts';
import { DEFAULT_PAGE } from './pageLimit.ts';

/* Ad sets and ads are read for all campaigns of a page in one statement, not through Prisma's relations. */

const AdSet = builder.objectRef<ChildRow>('AdSet');
export const Ad = builder.objectRef<ChildRow>('Ad');

for (const [ref, table] of [
  [AdSet, 'adSet'],
  [Ad, 'ad'],
] as const) {
  builder.node(ref, {
    id: { resolve: (child) => child.id },
    isTypeOf: () => true,
    loadOne: (id: string, ctx: GraphQLContext) => loadChild(ctx, table, id),
    fields: (t) => ({
      externalId: t.string({ resolve: (child) => child.external_id }),
      name: t.exposeString('name'),
      status: t.exposeString('status', { description: 'The platform\u2019s word for it.' }),
    }),
  });
}

async function loadChild(ctx: GraphQLContext, table: 'adSet' | 'ad', id: string): Promise<ChildRow | null> {
  const where = { id, ...clientFilter(ctx.actor) };
  const { prisma } = ctx.db;
  const found = await (table === 'ad' ? prisma.ad.findFirst({ where }) : prisma.adSet.findFirst({ where }));
  return (
    found && {
      id: found.id,
      account_id: found.accountId,
      campaign_external_id: found.campaignExternalId,
      external_id: found.externalId,
      name: found.name,
      status: found.status,
    }
  );
}

const AdSetConnection = builder.connectionObject(
  { type: AdSet, name: 'AdSetConnection' },
  { name: 'AdSetEdge' },
);
const AdConnection = builder.connectionObject({ type: Ad, name: 'AdConnection' }, { name: 'AdEdge' });

builder.objectFields(Campaign, (t) => {
  const args = { first: t.arg.int(), after: t.arg.string() };
  return {
    adSets: t.field({
      type: AdSetConnection,
      args,
      description: 'Google: ad groups. By name.',
      resolve: (campaign, page, ctx) => childConnection(ctx, { campaign, table: 'ad_sets', page }),
    }),
    ads: t.field({
      type: AdConnection,
      args,
      description: 'By name.',
      resolve: (campaign, page, ctx) => childConnection(ctx, { campaign, table: 'ads', page }),
    }),
  };
});

interface ChildPage {
  campaign: { clientId: string; accountId: string; externalId: string };
  table: ChildTable;
  page: { first?: number | null | undefined; after?: string | null | undefined };
}

async function childConnection(ctx: GraphQLContext, { campaign, table, page }: ChildPage) {
  const first = page.first ?? DEFAULT_PAGE;
  const after = page.after ?? null;
  const children = await ctx.loaders.children.load({ ...campaign, table, first, after });
  const edges = children.slice(0, first).map((node) => ({ node, cursor: writeChildCursor(node) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: children.length > first,
      hasPreviousPage: after !== null,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
