import { PLATFORM_KEYS } from '../connectors/ads/index.ts';
import type { AdCampaign } from '../generated/prisma/client.ts';
import { clientFilter } from '../services/access.ts';
import type { CampaignPage } from '../services/campaigns/page.ts';
import { pageCampaigns } from '../services/campaigns/page.ts';
import { checkAsOf, checkReadRange } from '../services/parse.ts';
import type { DayRange } from '../lib/days.ts';
import { AdAccountNode } from './account.ts';
import type { GraphQLContext } from './builder.ts';
import { builder } from './builder.ts';
import { loadCoverage } from './coverage.ts';
import { CampaignOrderField, OrderDirection, Platform, word } from './enums.ts';
import { readNodeId } from './ids.ts';
import { DEFAULT_PAGE } from './pageLimit.ts';
import { DateRange } from './range.ts';
import type { TotalsSource } from './totals.ts';
import { AS_OF, Totals, totalsOf } from './totals.ts';

export const Campaign = builder.prismaNode('AdCampaign', {
  id: { field: 'id' },
  nullable: true,
  name: 'Campaign',
  findUnique: (id, ctx) => ({ id, ...clientFilter(ctx.actor) }),
  fields: (t) => ({
    externalId: t.exposeString('externalId', { description: 'The platform\u2019s own id.' }),
    name: t.exposeString('name'),
    platform: t.field({
      type: Platform,
      resolve: async (campaign, _args, ctx) => word(PLATFORM_KEYS, (await accountOf(ctx, campaign)).platform),
    }),
    status: t.exposeString('status', { description: 'The platform\u2019s word for it.' }),
    objective: t.exposeString('objective', { nullable: true }),
    account: t.field({ type: AdAccountNode, resolve: (campaign, _args, ctx) => accountOf(ctx, campaign) }),
    totals: t.field({
      type: Totals,
      args: {
        range: t.arg({ type: DateRange, required: true }),
        asOf: t.arg({ type: 'DateTime', description: AS_OF }),
      },
      resolve: (campaign, { range, asOf }, ctx) =>
        campaignTotals(ctx, campaign, {
          range: checkReadRange(range, ctx.now()),
          asOf: checkAsOf(asOf, ctx.now()),
        }),
    }),
  }),
});

async function accountOf(ctx: GraphQLContext, campaign: AdCampaign) {
  const account = await ctx.loaders.account.load(campaign.accountId);
  if (!account) throw new Error('A campaign without its account.');
  return account;
}

async function campaignTotals(
  ctx: GraphQLContext,
  campaign: AdCampaign,
  asked: { range: DayRange; asOf: Date | null },
): Promise<TotalsSource> {
  const { clientId, accountId, externalId } = campaign;
  const key = { clientId, accountId, externalId, ...asked };
  const [sums, account] = await Promise.all([ctx.loaders.campaignSums.load(key), accountOf(ctx, campaign)]);
  const client = await ctx.loaders.client.load(clientId);
  return totalsOf({
    sums,
    emptyCurrency: account.currency,
    reportingCurrency: client?.currency ?? account.currency,
    goals: () => ctx.loaders.campaignGoals.load(key),
    coverage: () => loadCoverage(ctx, { clientId, accounts: [account], ...asked }),
  });
}

const CampaignFilter = builder.inputType('CampaignFilter', {
  fields: (t) => ({
    platform: t.field({ type: Platform }),
    status: t.stringList(),
    search: t.string({ description: 'Part of the name, or the platform\u2019s id.' }),
    accountId: t.id(),
    trackedOnly: t.boolean({
      description: 'Only the campaigns that their account tracks; all where it tracks none.',
    }),
  }),
});

const CampaignOrder = builder.inputType('CampaignOrder', {
  fields: (t) => ({
    field: t.field({ type: CampaignOrderField, required: true }),
    direction: t.field({ type: OrderDirection, required: true, defaultValue: 'DESC' }),
  }),
});

const CampaignEdge = builder.edgeObject({ type: Campaign, name: 'CampaignEdge' });
const CampaignConnection = builder.connectionObject(
  { type: Campaign, name: 'CampaignConnection' },
  CampaignEdge,
);

builder.queryField('campaigns', (t) =>
  t.field({
    type: CampaignConnection,
    description:
      'A client\u2019s campaigns, sorted by their figures of the range; highest spend first by default.',
    authScopes: { signedIn: true },
    args: {
      clientId: t.arg.id({ required: true }),
      range: t.arg({ type: DateRange, required: true }),
      filter: t.arg({ type: CampaignFilter }),
      orderBy: t.arg({ type: CampaignOrder }),
      first: t.arg.int(),
      after: t.arg.string(),
    },
    resolve: async (_root, args, ctx) => {
      const { accountId, ...filter } = args.filter ?? {};
      const page = await pageCampaigns(ctx, {
        clientId: readNodeId('Client', args.clientId),
        range: checkReadRange(args.range, ctx.now()),
        filter: { ...filter, accountId: accountId ? readNodeId('AdAccount', accountId) : null },
        order: args.orderBy ?? { field: 'SPEND', direction: 'DESC' },
        first: args.first ?? DEFAULT_PAGE,
        after: args.after ?? null,
      });
      return toConnection(ctx, page, args.after ?? null);
    },
  }),
);

/** Loads the page's campaigns in one statement and keeps their order. */
async function toConnection(ctx: GraphQLContext, page: CampaignPage, after: string | null) {
  const edges = await Promise.all(
    page.campaigns.map(async ({ id, cursor }) => ({ cursor, node: await campaignOf(ctx, id) })),
  );
  return {
    edges,
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: after !== null,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

async function campaignOf(ctx: GraphQLContext, id: string): Promise<AdCampaign> {
  const campaign = await ctx.loaders.campaign.load(id);
  if (!campaign) throw new Error('A campaign vanished while its page was read.');
  return campaign;
}
