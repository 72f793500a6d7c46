import { BREAKDOWN_KINDS } from '../connectors/ads/breakdowns.ts';
import type { BreakdownKind as Kind } from '../connectors/ads/breakdowns.ts';
import { notFound } from '../errors.ts';
import type { AdAccount } from '../generated/prisma/client.ts';
import type { DayRange } from '../lib/days.ts';
import { requireClient } from '../services/access.ts';
import type { DayCount, Part } from '../services/breakdowns/report/judge.ts';
import { countDays, toPart } from '../services/breakdowns/report/judge.ts';
import type { MissingDay } from '../services/breakdowns/report/read.ts';
import { readClientParts } from '../services/breakdowns/report/read.ts';
import { triggerBreakdowns } from '../services/breakdowns/trigger.ts';
import { startOnce } from '../services/runs/idempotency.ts';
import { checkReadRange } from '../services/parse.ts';
import { AdAccountNode } from './account.ts';
import type { GraphQLContext } from './builder.ts';
import { builder } from './builder.ts';
import { Campaign } from './campaign.ts';
import { Platform } from './enums.ts';
import { readNodeId } from './ids.ts';
import { Money } from './money.ts';
import { DateRange } from './range.ts';
import { IDEMPOTENCY_KEY, SyncRun } from './run.ts';
import { Ad } from './structure.ts';

const BreakdownKind = builder.enumType('BreakdownKind', {
  description:
    'DEMOGRAPHICS: age and gender. PLACEMENTS: where on the platform. RELEVANCE: how the platform ranks each ad.',
  values: BREAKDOWN_KINDS,
});

/** What a report is of; it is read only as far as it is asked for. */
interface ReportSource {
  clientId: string;
  kind: Kind;
  range: DayRange;
  /** Those whose platform has the breakdown. */
  accounts: readonly AdAccount[];
  /** Null = all campaigns together. */
  campaign: { accountId: string; externalId: string } | null;
}

const BreakdownRow = builder.objectRef<Part>('BreakdownRow').implement({
  description:
    'One part, summed over the days and campaigns asked for. Conversions are not shown: platforms leave some of them ' +
    'out of their parts, so their sum would be wrong. RELEVANCE: the figures of the days that the platform told ' +
    'rankings of, which may be fewer than the ad delivered on.',
  fields: (t) => ({
    segments: t.expose('segments', {
      type: 'JSON',
      description:
        '`{ age, gender }`, `{ publisher_platform, platform_position }`, or the rankings of the newest day on which ' +
        'the platform ranked the ad.',
    }),
    spend: t.field({ type: Money, resolve: (part) => part.spend }),
    shareOfSpend: t.expose('shareOfSpend', {
      type: 'Decimal',
      nullable: true,
      description: 'From 0 to 1, of the spend of all parts in this currency; null when they spent nothing.',
    }),
    impressions: t.expose('impressions', { type: 'Count' }),
    clicks: t.expose('clicks', { type: 'Count' }),
    linkClicks: t.expose('linkClicks', { type: 'Count' }),
    ad: t.field({
      type: Ad,
      nullable: true,
      description: 'RELEVANCE only; null for an ad that the structure does not list.',
      resolve: ({ row }) => adOf(row),
    }),
    adExternalId: t.string({
      nullable: true,
      description: 'RELEVANCE only: the platform\u2019s own id of the ad.',
      resolve: ({ row }) => row.ad_external_id,
    }),
    rankedOn: t.field({
      type: 'Date',
      nullable: true,
      description: 'RELEVANCE only: the day of the rankings; null when the ad was never ranked in the range.',
      resolve: ({ row }) => row.ranked_on,
    }),
  }),
});

/** The ad as the structure lists it. */
function adOf(row: Part['row']) {
  const { ad_id, ad_name, ad_status, ad_account_id, ad_campaign_external_id, ad_external_id } = row;
  if (ad_id === null) return null;
  return {
    id: ad_id,
    account_id: ad_account_id ?? '',
    campaign_external_id: ad_campaign_external_id ?? '',
    external_id: ad_external_id ?? '',
    name: ad_name ?? '',
    status: ad_status ?? '',
  };
}

const MissingBreakdownDay = builder.objectRef<MissingDay>('MissingBreakdownDay').implement({
  description: 'A day of an account whose breakdown was never read.',
  fields: (t) => ({
    account: t.field({ type: AdAccountNode, resolve: (missing) => missing.account }),
    date: t.expose('date', { type: 'Date', description: 'In the account\u2019s time zone.' }),
    reason: t.exposeString('reason', {
      description: 'A class and words: FUTURE, NOT_FETCHED, or what failed.',
    }),
  }),
});

const BreakdownReport = builder.objectRef<ReportSource>('BreakdownReport').implement({
  description:
    'The parts of a range and the days they rest on. Its days are read apart from those of the totals and may be ' +
    'older: compare shares, not sums.',
  fields: (t) => ({
    rows: t.field({
      type: [BreakdownRow],
      description: 'Those with the largest share of the spend first.',
      args: { first: t.arg.int({ required: true, defaultValue: 50 }) },
      resolve: async (report, { first }, ctx) => (await partsOf(ctx, report, first)).map(toPart),
    }),
    rowsTotal: t.int({
      description: 'How many rows there are.',
      resolve: async (report, _args, ctx) => (await partsOf(ctx, report, 1))[0]?.parts ?? 0,
    }),
    daysExpected: t.int({
      description: 'Accounts whose platform has the breakdown \u00d7 days, days to come included.',
      resolve: async (report, _args, ctx) => (await daysOf(ctx, report)).daysExpected,
    }),
    daysPresent: t.int({
      description: 'Of these, the ones that were read at least once.',
      resolve: async (report, _args, ctx) => (await daysOf(ctx, report)).daysPresent,
    }),
    complete: t.boolean({
      description: 'Every expected day is present.',
      resolve: async (report, _args, ctx) => (await daysOf(ctx, report)).complete,
    }),
    missing: t.field({
      type: [MissingBreakdownDay],
      description: 'Expected days that are not present, oldest first.',
      args: { first: t.arg.int({ required: true, defaultValue: 10 }) },
      resolve: ({ clientId, accounts, kind, range }, { first }, ctx) =>
        ctx.loaders.missingBreakdownDays.load({ clientId, accounts, kind, range, first }),
    }),
  }),
});

function partsOf(ctx: GraphQLContext, report: ReportSource, first: number) {
  const { clientId, accounts, kind, range, campaign } = report;
  if (campaign) return ctx.loaders.campaignParts.load({ clientId, range, kind, first, ...campaign });
  const accountIds = accounts.map((account) => account.id);
  return readClientParts(ctx, { clientId, accountIds, kind, range }, first);
}

async function daysOf(ctx: GraphQLContext, report: ReportSource): Promise<DayCount> {
  const { clientId, accounts, kind, range } = report;
  const loads = accounts.map(({ id }) =>
    ctx.loaders.breakdownDays.load({ clientId, range, kind, accountId: id }),
  );
  return countDays(await Promise.all(loads), range);
}

function hasBreakdown(ctx: GraphQLContext, kind: Kind): (account: AdAccount) => boolean {
  return (account) => ctx.platforms.get(account.platform)?.breakdowns.includes(kind) ?? false;
}

interface Asked {
  range: DayRange;
  kind: Kind;
}

/** A null campaign is all of the client's. */
async function clientReport(
  ctx: GraphQLContext,
  clientId: string,
  { range, kind, campaignId }: Asked & { campaignId: string | null },
): Promise<ReportSource> {
  requireClient(ctx, clientId);
  const client = await ctx.loaders.client.load(clientId);
  if (!client) throw notFound('client');
  if (campaignId !== null) {
    const campaign = await ctx.loaders.campaign.load(campaignId);
    if (campaign?.clientId !== clientId) throw notFound('campaign');
    return campaignReport(ctx, campaign, { range, kind });
  }
  const accounts = await ctx.loaders.accountsOfClient.load(clientId);
  return { clientId, kind, range, accounts: accounts.filter(hasBreakdown(ctx, kind)), campaign: null };
}

async function campaignReport(
  ctx: GraphQLContext,
  campaign: { clientId: string; accountId: string; externalId: string },
  { range, kind }: Asked,
): Promise<ReportSource> {
  const { clientId, accountId, externalId } = campaign;
  const account = await ctx.loaders.account.load(accountId);
  const accounts = [account].flatMap((found) => found ?? []).filter(hasBreakdown(ctx, kind));
  return { clientId, kind, range, accounts, campaign: { accountId, externalId } };
}

builder.queryField('breakdowns', (t) =>
  t.field({
    type: BreakdownReport,
    description: 'How a range divides into parts. Conversions are never among them.',
    authScopes: { signedIn: true },
    args: {
      clientId: t.arg.id({ required: true }),
      range: t.arg({ type: DateRange, required: true }),
      kind: t.arg({ type: BreakdownKind, required: true }),
      campaignId: t.arg.id(),
    },
    resolve: (_root, { clientId, range, kind, campaignId }, ctx) =>
      clientReport(ctx, readNodeId('Client', clientId), {
        range: checkReadRange(range, ctx.now()),
        kind,
        campaignId: campaignId ? readNodeId('Campaign', campaignId) : null,
      }),
  }),
);

builder.objectField(Campaign, 'breakdowns', (t) =>
  t.field({
    type: BreakdownReport,
    description: 'How a range of the campaign divides into parts.',
    args: {
      range: t.arg({ type: DateRange, required: true }),
      kind: t.arg({ type: BreakdownKind, required: true }),
    },
    resolve: (campaign, { range, kind }, ctx) =>
      campaignReport(ctx, campaign, { range: checkReadRange(range, ctx.now()), kind }),
  }),
);

const TriggerBreakdownsInput = builder.inputType('TriggerBreakdownsInput', {
  description: 'All optional: nothing given is every client, every platform, the last 8 days.',
  fields: (t) => ({
    clientId: t.id(),
    platform: t.field({ type: Platform }),
    range: t.field({
      type: DateRange,
      description: 'Also asks for the reach of exactly these days, and of every whole month in them.',
    }),
    days: t.int({
      description:
        'That many days up to today, in each account\u2019s time zone. The reach asked for is that of the last whole ' +
        'month, this month up to yesterday, and the last 7 and 30 days up to yesterday.',
    }),
  }),
});

builder.mutationField('triggerBreakdowns', (t) =>
  t.field({
    type: SyncRun,
    description: 'Reads breakdowns and reach, or returns the run of the same work that is under way.',
    authScopes: { admin: true },
    args: {
      input: t.arg({ type: TriggerBreakdownsInput, required: true }),
      idempotencyKey: t.arg.string({ description: IDEMPOTENCY_KEY }),
    },
    resolve: async (_root, { input, idempotencyKey: key }, ctx) => {
      const clientId = input.clientId ? readNodeId('Client', input.clientId) : null;
      const request = { ...input, clientId };
      const asked = { key, action: 'triggerBreakdowns', request };
      const { runId } = await startOnce(ctx, asked, (once) => triggerBreakdowns(ctx, { ...request, once }));
      const run = await ctx.loaders.run.load(runId);
      if (!run) throw notFound('sync run');
      return run;
    },
  }),
);
