import type { DayRange } from '../lib/days.ts';
import { notFound } from '../errors.ts';
import type { AdAccount } from '../generated/prisma/client.ts';
import { requireClient } from '../services/access.ts';
import { checkReadRange } from '../services/parse.ts';
import { readReach, readReachWindows } from '../services/reach/read.ts';
import type { ReachOfWindow, WindowRow } from '../services/reach/sql.ts';
import { AdAccountNode } from './account.ts';
import type { GraphQLContext } from './builder.ts';
import { builder } from './builder.ts';
import { Campaign } from './campaign.ts';
import { Platform } from './enums.ts';
import { readNodeId } from './ids.ts';
import { DateRange } from './range.ts';

const Reach = builder.objectRef<ReachOfWindow>('Reach').implement({
  description:
    'People reached in a window as a whole, as the platform counts them: of an account, or of one campaign. People are ' +
    'not additive, so reach of several windows, campaigns or accounts is never added up.',
  fields: (t) => ({
    account: t.field({ type: AdAccountNode, resolve: (row, _args, ctx) => accountOf(ctx, row) }),
    campaignExternalId: t.string({
      nullable: true,
      description: 'The platform\u2019s own id of the campaign; null = the account as a whole.',
      resolve: (row) => row.campaign_external_id,
    }),
    campaign: t.field({
      type: Campaign,
      nullable: true,
      description: 'Null = the account as a whole, or a campaign that the structure does not list.',
      resolve: (row, _args, ctx) =>
        row.campaign_id === null ? null : ctx.loaders.campaign.load(row.campaign_id),
    }),
    from: t.expose('from', { type: 'Date', description: 'In the account\u2019s time zone.' }),
    to: t.expose('to', { type: 'Date' }),
    reach: t.field({ type: 'Count', resolve: (row) => BigInt(row.reach) }),
    impressions: t.field({ type: 'Count', resolve: (row) => BigInt(row.impressions) }),
    frequency: t.expose('frequency', {
      type: 'Decimal',
      nullable: true,
      description: 'Impressions per person, as the platform says it; null when it does not.',
    }),
    fetchedAt: t.field({ type: 'DateTime', resolve: (row) => row.fetched_at }),
  }),
});

const ReachWindow = builder.objectRef<WindowRow>('ReachWindow').implement({
  description: 'Days whose reach as a whole is known, for `reach` to be asked with.',
  fields: (t) => ({
    account: t.field({ type: AdAccountNode, resolve: (row, _args, ctx) => accountOf(ctx, row) }),
    from: t.expose('from', { type: 'Date', description: 'In the account\u2019s time zone.' }),
    to: t.expose('to', { type: 'Date' }),
    rolling: t.exposeBoolean('rolling', {
      description: 'It ends with yesterday, and tomorrow\u2019s takes its place; the others are kept.',
    }),
    fetchedAt: t.field({ type: 'DateTime', resolve: (row) => row.fetched_at }),
  }),
});

async function accountOf(ctx: GraphQLContext, row: { account_id: string }): Promise<AdAccount> {
  const account = await ctx.loaders.account.load(row.account_id);
  if (!account) throw new Error('Reach without its account.');
  return account;
}

/** Ids of the client's accounts. Throws NOT_FOUND for a client that is not the actor's. */
async function accountIdsOf(
  ctx: GraphQLContext,
  clientId: string,
  platform: string | null,
): Promise<string[]> {
  requireClient(ctx, clientId);
  const client = await ctx.loaders.client.load(clientId);
  if (!client) throw notFound('client');
  const accounts = await ctx.loaders.accountsOfClient.load(clientId);
  return accounts
    .filter((account) => platform === null || account.platform === platform)
    .map((account) => account.id);
}

builder.queryField('reach', (t) =>
  t.field({
    type: [Reach],
    description:
      'The reach of exactly this range, accounts first, then campaigns by reach. Empty when the platform was never ' +
      'asked for exactly these days: `reachWindows` tells which there are, `triggerBreakdowns` asks for more.',
    authScopes: { signedIn: true },
    args: {
      clientId: t.arg.id({ required: true }),
      range: t.arg({ type: DateRange, required: true }),
      platform: t.arg({ type: Platform }),
      first: t.arg.int({ required: true, defaultValue: 100 }),
    },
    resolve: async (_root, args, ctx) => {
      const range: DayRange = checkReadRange(args.range, ctx.now());
      const clientId = readNodeId('Client', args.clientId);
      const accountIds = await accountIdsOf(ctx, clientId, args.platform ?? null);
      return readReach(ctx, { clientId, accountIds, range, first: args.first });
    },
  }),
);

builder.queryField('reachWindows', (t) =>
  t.field({
    type: [ReachWindow],
    description: 'The windows whose reach is known, newest first.',
    authScopes: { signedIn: true },
    args: {
      clientId: t.arg.id({ required: true }),
      platform: t.arg({ type: Platform }),
      first: t.arg.int({ required: true, defaultValue: 100 }),
    },
    resolve: async (_root, args, ctx) => {
      const clientId = readNodeId('Client', args.clientId);
      const accountIds = await accountIdsOf(ctx, clientId, args.platform ?? null);
      return readReachWindows(ctx, { clientId, accountIds, first: args.first });
    },
  }),
);

builder.objectField(Campaign, 'reach', (t) =>
  t.field({
    type: Reach,
    nullable: true,
    description: 'People the campaign reached in exactly this range; null when the platform did not tell.',
    args: { range: t.arg({ type: DateRange, required: true }) },
    resolve: ({ clientId, accountId, externalId }, { range }, ctx) =>
      ctx.loaders.campaignReach.load({
        clientId,
        accountId,
        externalId,
        range: checkReadRange(range, ctx.now()),
      }),
  }),
);
