import { resolveArrayConnection } from '@pothos/plugin-relay';
import { PLATFORM_KEYS } from '../connectors/ads/index.ts';
import { MONTH_QUALITIES, MONTH_STATES } from '../db/enums.ts';
import type { AdAccount, Month as MonthRow } from '../generated/prisma/client.ts';
import { notFound } from '../errors.ts';
import { clientFilter } from '../services/access.ts';
import { rangeOf } from '../services/months/calendar.ts';
import type { CampaignContent, MonthContent } from '../services/months/content.ts';
import { parseMonth } from '../services/months/content.ts';
import { MOST_ADJUSTMENTS, readMonths } from '../services/months/read.ts';
import { reopenMonth } from '../services/months/reopen.ts';
import type { AdjustmentRow } from '../services/months/sql.ts';
import { sumMonth, sumMonthGoals } from '../services/months/sums.ts';
import { triggerClose } from '../services/months/trigger.ts';
import { ADJUSTMENT_CAUSES } from '../services/months/words.ts';
import { startOnce } from '../services/runs/idempotency.ts';
import { AdAccountNode } from './account.ts';
import type { GraphQLContext } from './builder.ts';
import { builder } from './builder.ts';
import { ClientNode } from './client.ts';
import { loadCoverage } from './coverage.ts';
import { Platform, word } from './enums.ts';
import { readNodeId } from './ids.ts';
import { DEFAULT_PAGE, MAX_PAGE } from './pageLimit.ts';
import { IDEMPOTENCY_KEY, SyncRun } from './run.ts';
import { runOf } from './sync.ts';
import type { TotalsSource } from './totals.ts';
import { Totals, totalsOf } from './totals.ts';

const MonthState = builder.enumType('MonthState', {
  description: 'How firm a month is.',
  values: {
    OPEN: { description: 'Nothing could be captured yet.' },
    PROVISIONAL: { description: 'Captured, and the platform can still change it, or it is not RICH.' },
    FINAL: { description: 'The same bytes for ever; what differs later is in `adjustments`.' },
    REOPENED: { description: 'Somebody opened it again: the next settle captures it anew.' },
  } as const satisfies Record<(typeof MONTH_STATES)[number], object>,
});

const MonthQuality = builder.enumType('MonthQuality', {
  description: 'How good the captured figures are; `reason` says what is not.',
  values: {
    RICH: {
      description: 'Every day, campaigns, goals and totals, and they equal the account\u2019s own total.',
    },
    POOR: { description: 'One of the checks failed.' },
    MISSING: { description: 'Not a single day is there.' },
    NOT_EXPECTED: { description: 'Every day was read, and nothing was delivered.' },
  } as const satisfies Record<(typeof MONTH_QUALITIES)[number], object>,
});

const AdjustmentCause = builder.enumType('AdjustmentCause', { values: ADJUSTMENT_CAUSES });

const MonthAdjustment = builder.objectRef<AdjustmentRow>('MonthAdjustment').implement({
  description: 'A figure of a FINAL month that is another one today. The month itself keeps what it said.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When it was noticed.' }),
    cause: t.field({ type: AdjustmentCause, resolve: (row) => word(ADJUSTMENT_CAUSES, row.cause) }),
    accountExternalId: t.exposeString('account'),
    campaignExternalId: t.exposeString('campaign', { nullable: true }),
    metric: t.exposeString('metric', {
      description: 'spend, conversions, … or `goal:<name>` and `goal_value:<name>`.',
    }),
    currency: t.exposeString('currency', { nullable: true }),
    old: t.expose('old', {
      type: 'Decimal',
      nullable: true,
      description: 'As last known; null: it was not there.',
    }),
    new: t.expose('new', { type: 'Decimal', nullable: true, description: 'Null: it is gone.' }),
    note: t.exposeString('note', { nullable: true }),
  }),
});

/** A campaign of a month, and whose it is. */
interface MonthCampaignSource {
  month: MonthRow;
  row: CampaignContent;
}

const MonthCampaign = builder.objectRef<MonthCampaignSource>('MonthCampaign').implement({
  description: 'A campaign in one currency, as the month says it.',
  fields: (t) => ({
    externalId: t.string({ resolve: ({ row }) => row.campaign }),
    name: t.string({ description: 'As it was called then.', resolve: ({ row }) => row.name }),
    status: t.string({ resolve: ({ row }) => row.status }),
    objective: t.string({ nullable: true, resolve: ({ row }) => row.objective }),
    accountExternalId: t.string({ resolve: ({ row }) => row.account }),
    account: t.field({
      type: AdAccountNode,
      nullable: true,
      description: 'Null when it is gone since.',
      resolve: async ({ month, row }, _args, ctx) =>
        (await accountsOf(ctx, month)).find(({ externalId }) => externalId === row.account) ?? null,
    }),
    totals: t.field({
      type: Totals,
      resolve: ({ month, row }, _args, ctx) => frozenTotals(ctx, month, [row]),
    }),
    linkClicks: t.field({ type: 'Count', resolve: ({ row }) => BigInt(row.linkClicks) }),
    reach: t.field({
      type: 'Count',
      nullable: true,
      description:
        'People reached in the month as a whole, as the platform counts them; null when it did not tell.',
      resolve: ({ row }) => (row.reach === null ? null : BigInt(row.reach)),
    }),
  }),
});

const MonthCampaignConnection = builder.connectionObject(
  { type: MonthCampaign, name: 'MonthCampaignConnection' },
  { name: 'MonthCampaignEdge' },
);

export const Month = builder.prismaNode('Month', {
  id: { field: 'id' },
  nullable: true,
  description:
    'The closed books of one client on one platform for one calendar month, in its accounts\u2019 zones.',
  findUnique: (id, ctx) => ({ id, ...clientFilter(ctx.actor) }),
  fields: (t) => ({
    month: t.exposeString('month', { description: '`2026-09`' }),
    client: t.field({ type: ClientNode, resolve: (month, _args, ctx) => clientOf(ctx, month) }),
    platform: t.field({ type: Platform, resolve: (month) => word(PLATFORM_KEYS, month.platform) }),
    state: t.field({ type: MonthState, resolve: (month) => word(MONTH_STATES, month.state) }),
    quality: t.field({ type: MonthQuality, resolve: (month) => word(MONTH_QUALITIES, month.quality) }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Which check failed, or why nothing is there; null when RICH.',
    }),
    totals: t.field({
      type: Totals,
      nullable: true,
      description: 'What the month says, with the coverage as it is now; null while nothing was captured.',
      resolve: (month, _args, ctx) => {
        const content = contentOf(month);
        return content && frozenTotals(ctx, month, content.campaigns);
      },
    }),
    campaigns: t.field({
      type: MonthCampaignConnection,
      args: { first: t.arg.int(), after: t.arg.string() },
      description: 'By account and campaign id.',
      resolve: (month, args) => {
        const rows = (contentOf(month)?.campaigns ?? []).map((row) => ({ month, row }));
        return resolveArrayConnection({ args, defaultSize: DEFAULT_PAGE, maxSize: MAX_PAGE }, rows);
      },
    }),
    adjustments: t.field({
      type: [MonthAdjustment],
      description: 'What differs today from a FINAL month, newest first.',
      args: { first: t.arg.int({ required: true, defaultValue: MOST_ADJUSTMENTS }) },
      resolve: async ({ id, clientId }, { first }, ctx) =>
        (await ctx.loaders.monthAdjustments.load({ clientId, monthId: id })).slice(0, first),
    }),
  }),
});

builder.prismaObjectFields(Month, (t) => ({
  contentHash: t.string({
    nullable: true,
    description: 'sha256 of `document` in hexadecimal.',
    resolve: ({ contentHash }) => contentHash && Buffer.from(contentHash).toString('hex'),
  }),
  document: t.exposeString('content', {
    nullable: true,
    description: 'The captured month in its canonical rendering, byte for byte.',
  }),
  capturedAt: t.expose('capturedAt', { type: 'DateTime', nullable: true }),
  finalAt: t.expose('finalAt', { type: 'DateTime', nullable: true }),
  reopenedAt: t.expose('reopenedAt', { type: 'DateTime', nullable: true }),
  reopenReason: t.exposeString('reopenReason', { nullable: true }),
  earlierReopenedAt: t.expose('earlierReopenedAt', {
    type: 'DateTime',
    nullable: true,
    description: 'An earlier month was reopened after this one was FINAL.',
  }),
}));

/** Read once a row, however many fields ask. */
const parsed = new WeakMap<MonthRow, MonthContent>();

function contentOf(month: MonthRow): MonthContent | null {
  if (month.content === null) return null;
  const content = parsed.get(month) ?? parseMonth(month.content);
  parsed.set(month, content);
  return content;
}

async function clientOf(ctx: GraphQLContext, { clientId }: MonthRow) {
  const client = await ctx.loaders.client.load(clientId);
  if (!client) throw notFound('client');
  return client;
}

async function accountsOf(ctx: GraphQLContext, { clientId, platform }: MonthRow): Promise<AdAccount[]> {
  const accounts = await ctx.loaders.accountsOfClient.load(clientId);
  return accounts.filter((account) => account.platform === platform);
}

async function frozenTotals(
  ctx: GraphQLContext,
  month: MonthRow,
  rows: readonly CampaignContent[],
): Promise<TotalsSource> {
  const currency = contentOf(month)?.client.currency ?? (await clientOf(ctx, month)).currency;
  return totalsOf({
    sums: sumMonth(rows),
    emptyCurrency: currency,
    reportingCurrency: currency,
    goals: () => Promise.resolve(sumMonthGoals(rows)),
    coverage: async () => {
      const accounts = await accountsOf(ctx, month);
      return loadCoverage(ctx, { clientId: month.clientId, accounts, range: rangeOf(month.month) });
    },
  });
}

builder.queryField('months', (t) =>
  t.prismaField({
    type: [Month],
    description: 'A client\u2019s months, newest first.',
    authScopes: { signedIn: true },
    args: {
      clientId: t.arg.id({ required: true }),
      from: t.arg.string({ description: '`2026-01`, included.' }),
      to: t.arg.string(),
    },
    resolve: (_query, _root, args, ctx) =>
      readMonths(ctx, {
        clientId: readNodeId('Client', args.clientId),
        from: args.from ?? null,
        to: args.to ?? null,
      }),
  }),
);

const CloseMonthInput = builder.inputType('CloseMonthInput', {
  fields: (t) => ({
    month: t.string({ required: true, description: '`2026-09`' }),
    clientId: t.id({ description: 'Every active client when left out.' }),
    platform: t.field({ type: Platform }),
    force: t.boolean({
      defaultValue: false,
      description:
        'Read all of it again, and let poor replace rich. A FINAL month is compared, never replaced.',
    }),
    dryRun: t.boolean({
      defaultValue: false,
      description: 'Read and write nothing; the run\u2019s tasks say what would be done.',
    }),
  }),
});

builder.mutationFields((t) => ({
  closeMonth: t.field({
    type: SyncRun,
    description:
      'Captures a month of every client and platform, and reads before what of it is missing or can still change. The open run of the same work is returned instead of a second one.',
    authScopes: { admin: true },
    args: {
      input: t.arg({ type: CloseMonthInput, required: true }),
      idempotencyKey: t.arg.string({ description: IDEMPOTENCY_KEY }),
    },
    resolve: async (_root, { input, idempotencyKey: key }, ctx) => {
      const request = { ...input, clientId: input.clientId ? readNodeId('Client', input.clientId) : null };
      const asked = { key, action: 'closeMonth', request };
      const { runId } = await startOnce(ctx, asked, (once) =>
        triggerClose(ctx, request, { trigger: 'MANUAL', scheduleId: null, once }),
      );
      return runOf(ctx, runId);
    },
  }),
  reopenMonth: t.prismaField({
    type: Month,
    description:
      'Opens a FINAL month again. What it said is kept, the FINAL months after it are marked, and the next settle captures it anew.',
    authScopes: { admin: true },
    args: { id: t.arg.id({ required: true }), reason: t.arg.string({ required: true }) },
    resolve: async (query, _root, args, ctx) => {
      const { id } = await reopenMonth(ctx, { id: readNodeId('Month', args.id), reason: args.reason });
      return ctx.db.prisma.month.findUniqueOrThrow({ ...query, where: { id } });
    },
  }),
}));
