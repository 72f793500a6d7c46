import type { DayRange } from '../lib/days.ts';
import { checkReadRange } from '../services/parse.ts';
import type { RatioName } from '../services/performance/formulas.ts';
import { ratio } from '../services/performance/formulas.ts';
import { readClientGoals, readClientSums } from '../services/totals/read.ts';
import type {
  GoalTotal as GoalTotalShape,
  Money as MoneyShape,
  Summary,
} from '../services/totals/summarise.ts';
import { summarise, summariseGoals } from '../services/totals/summarise.ts';
import { requireClient } from '../services/access.ts';
import { notFound } from '../errors.ts';
import type { GraphQLContext } from './builder.ts';
import { builder } from './builder.ts';
import type { CoverageSource } from './coverage.ts';
import { Coverage, loadCoverage } from './coverage.ts';
import { Platform } from './enums.ts';
import { readNodeId } from './ids.ts';
import { Money } from './money.ts';
import { DateRange } from './range.ts';

/** A summary; goals and coverage are read only when asked for. */
export interface TotalsSource {
  summary: Summary;
  reportingCurrency: string;
  goals: (ctx: GraphQLContext) => Promise<GoalTotalShape[]>;
  coverage: (ctx: GraphQLContext) => Promise<CoverageSource>;
}

const GoalTotal = builder.objectRef<GoalTotalShape>('GoalTotal').implement({
  description: 'How often a goal of the client was reached, and what it was worth.',
  fields: (t) => ({
    name: t.exposeString('name'),
    count: t.expose('count', { type: 'Decimal' }),
    value: t.field({ type: Money, resolve: (goal) => goal.value }),
  }),
});

export const Totals = builder.objectRef<TotalsSource>('Totals').implement({
  description: 'Sums of a range, in one currency, with the coverage they rest on.',
  fields: (t) => ({
    spend: t.field({ type: Money, resolve: ({ summary }) => moneyOf(summary, summary.spend) }),
    spendInReportingCurrency: t.field({
      type: Money,
      nullable: true,
      description: 'In the client\u2019s currency; null while no rate converts it.',
      resolve: ({ summary, reportingCurrency }) =>
        summary.currency === reportingCurrency ? moneyOf(summary, summary.spend) : null,
    }),
    impressions: t.field({ type: 'Count', resolve: ({ summary }) => summary.impressions }),
    clicks: t.field({ type: 'Count', resolve: ({ summary }) => summary.clicks }),
    conversions: t.field({
      type: 'Decimal',
      description: 'Of the client\u2019s primary goal.',
      resolve: ({ summary }) => summary.conversions,
    }),
    conversionValue: t.field({
      type: Money,
      resolve: ({ summary }) => moneyOf(summary, summary.conversionValue),
    }),
    goals: t.field({ type: [GoalTotal], resolve: (totals, _args, ctx) => totals.goals(ctx) }),
    coverage: t.field({ type: Coverage, resolve: (totals, _args, ctx) => totals.coverage(ctx) }),
  }),
});

const QUOTIENTS = [
  ['ctr', 'Clicks per impression, in per cent.'],
  ['roas', 'Conversion value per unit of spend.'],
] as const satisfies [RatioName, string][];

const PRICES = [
  ['cpc', 'Spend per click.'],
  ['cpm', 'Spend per 1,000 impressions.'],
  ['cpa', 'Spend per conversion of the primary goal.'],
] as const satisfies [RatioName, string][];

for (const [name, description] of QUOTIENTS) {
  builder.objectField(Totals, name, (t) =>
    t.field({ type: 'Decimal', nullable: true, description, resolve: ({ summary }) => ratio(name, summary) }),
  );
}

for (const [name, description] of PRICES) {
  builder.objectField(Totals, name, (t) =>
    t.field({
      type: Money,
      nullable: true,
      description,
      resolve: ({ summary }) => moneyOf(summary, ratio(name, summary)),
    }),
  );
}

function moneyOf(summary: Summary, amount: MoneyShape['amount']): MoneyShape;
function moneyOf(summary: Summary, amount: MoneyShape['amount'] | null): MoneyShape | null;
function moneyOf({ currency }: Summary, amount: MoneyShape['amount'] | null): MoneyShape | null {
  return amount && { amount, currency };
}

builder.queryField('totals', (t) =>
  t.field({
    type: Totals,
    description: 'A client\u2019s sums over a range, with their coverage.',
    authScopes: { signedIn: true },
    args: {
      clientId: t.arg.id({ required: true }),
      range: t.arg({ type: DateRange, required: true }),
      platform: t.arg({ type: Platform }),
    },
    resolve: (_root, args, ctx) =>
      clientTotals(ctx, {
        clientId: readNodeId('Client', args.clientId),
        range: checkReadRange(args.range, ctx.now()),
        platform: args.platform ?? null,
      }),
  }),
);

async function clientTotals(
  ctx: GraphQLContext,
  input: { clientId: string; range: DayRange; platform: string | null },
): Promise<TotalsSource> {
  const { clientId, range, platform } = input;
  requireClient(ctx, clientId);
  const client = await ctx.db.prisma.client.findFirst({ where: { id: clientId } });
  if (!client) throw notFound('client');
  return {
    summary: summarise(await readClientSums(ctx, input), client.currency),
    reportingCurrency: client.currency,
    goals: async () => summariseGoals(await readClientGoals(ctx, input)),
    coverage: async () => {
      const accounts = await ctx.loaders.accountsOfClient.load(clientId);
      const asked = accounts.filter((account) => platform === null || account.platform === platform);
      return loadCoverage(ctx, { clientId, accounts: asked, range });
    },
  };
}
