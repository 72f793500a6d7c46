import type { Prisma } from '../generated/prisma/client.ts';
import type { DayRange } from '../lib/days.ts';
import { checkAsOf, checkReadRange } from '../services/parse.ts';
import type { RatioName } from '../services/performance/formulas.ts';
import { ratio } from '../services/performance/formulas.ts';
import { readClientGoals, readClientSums } from '../services/totals/read.ts';
import type { CurrencySums, GoalSums } from '../services/totals/sql.ts';
import type {
  GoalTotal as GoalTotalShape,
  Money as MoneyShape,
  Summary,
} from '../services/totals/summarise.ts';
import {
  addCounts,
  clickRate,
  summarise,
  summariseEach,
  summariseGoals,
} from '../services/totals/summarise.ts';
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

export const AS_OF =
  'The figures and their coverage as they were at this moment: what the platform had been asked by then. Left out = now.';

/** What totals are made of; goals and coverage are read only when asked for. */
interface TotalsParts {
  sums: readonly CurrencySums[];
  /** The currency of nothing at all. */
  emptyCurrency: string;
  reportingCurrency: string;
  goals: () => Promise<GoalSums[]>;
  coverage: () => Promise<CoverageSource>;
}

/** Figures of a range, a summary a currency. */
export interface TotalsSource extends Omit<TotalsParts, 'sums' | 'goals'> {
  summaries: readonly Summary[];
  goals: () => Promise<GoalTotalShape[]>;
}

/** Goals are read once, also when they are asked for a currency at a time. */
export function totalsOf({ sums, goals, ...parts }: TotalsParts): TotalsSource {
  let read: Promise<GoalTotalShape[]> | null = null;
  return {
    ...parts,
    summaries: summariseEach(sums),
    goals: () => (read ??= goals().then(summariseGoals)),
  };
}

/** The figures in their only currency. Throws CONFLICT where there are several. */
function only({ summaries, emptyCurrency }: TotalsSource): Summary {
  return summarise(summaries, emptyCurrency);
}

/** Each currency's own totals, in the order of the currencies. */
function eachCurrency(totals: TotalsSource): TotalsSource[] {
  return totals.summaries.map((summary) => ({
    ...totals,
    summaries: [summary],
    goals: async () => (await totals.goals()).filter((goal) => goal.value.currency === summary.currency),
  }));
}

const GoalTotal = builder.objectRef<GoalTotalShape>('GoalTotal').implement({
  description: 'How often a goal of the client was reached, and what it was worth.',
  fields: (t) => ({
    name: t.exposeString('name'),
    count: t.expose('count', { type: 'Decimal' }),
    value: t.field({ type: Money, resolve: (goal) => goal.value }),
  }),
});

const CurrencyTotals = builder.objectRef<TotalsSource>('CurrencyTotals').implement({
  description: 'Sums of what of a range is in one currency.',
  fields: (t) => ({
    currency: t.string({ description: 'ISO 4217.', resolve: (totals) => only(totals).currency }),
  }),
});

export const Totals = builder.objectRef<TotalsSource>('Totals').implement({
  description:
    'Sums of a range with the coverage they rest on. Money is in one currency; where there are several, fields of money ' +
    'are a CONFLICT, and byCurrency has each.',
  fields: (t) => ({
    spendInReportingCurrency: t.field({
      type: Money,
      nullable: true,
      description: 'In the client\u2019s currency; null while no rate converts it.',
      resolve: (totals) => {
        const [first = only({ ...totals, summaries: [] }), ...others] = totals.summaries;
        const isReported = first.currency === totals.reportingCurrency && others.length === 0;
        return isReported ? moneyOf(first, first.spend) : null;
      },
    }),
    byCurrency: t.field({
      type: [CurrencyTotals],
      description: 'The same sums, those of each currency apart; empty where nothing was delivered.',
      resolve: eachCurrency,
    }),
    coverage: t.field({ type: Coverage, resolve: (totals) => totals.coverage() }),
  }),
});

const QUOTIENTS = [['roas', 'Conversion value per unit of spend.']] as const satisfies [RatioName, string][];

const PRICES = [
  ['cpc', 'Spend per click.'],
  ['cpm', 'Spend per 1,000 impressions.'],
  ['cpa', 'Spend per conversion of the primary goal.'],
] as const satisfies [RatioName, string][];

for (const of of [Totals, CurrencyTotals]) {
  builder.objectFields(of, (t) => ({
    spend: t.field({ type: Money, resolve: (totals) => moneyOf(only(totals), only(totals).spend) }),
    impressions: t.field({ type: 'Count', resolve: ({ summaries }) => addCounts(summaries).impressions }),
    clicks: t.field({ type: 'Count', resolve: ({ summaries }) => addCounts(summaries).clicks }),
    conversions: t.field({
      type: 'Decimal',
      description: 'Of the client\u2019s primary goal.',
      resolve: ({ summaries }) => addCounts(summaries).conversions,
    }),
    conversionValue: t.field({
      type: Money,
      resolve: (totals) => moneyOf(only(totals), only(totals).conversionValue),
    }),
    ctr: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'Clicks per impression, in per cent.',
      resolve: ({ summaries }) => clickRate(addCounts(summaries)),
    }),
    goals: t.field({
      type: [GoalTotal],
      description: 'By name; in several currencies each goal once a currency.',
      resolve: (totals) => totals.goals(),
    }),
  }));
  for (const [name, description] of QUOTIENTS) {
    builder.objectField(of, name, (t) =>
      t.field({
        type: 'Decimal',
        nullable: true,
        description,
        resolve: (totals) => ratio(name, only(totals)),
      }),
    );
  }
  for (const [name, description] of PRICES) {
    builder.objectField(of, name, (t) =>
      t.field({
        type: Money,
        nullable: true,
        description,
        resolve: (totals) => moneyOf(only(totals), ratio(name, only(totals))),
      }),
    );
  }
}

function moneyOf(summary: Summary, amount: Prisma.Decimal): MoneyShape;
function moneyOf(summary: Summary, amount: Prisma.Decimal | null): MoneyShape | null;
function moneyOf({ currency }: Summary, amount: Prisma.Decimal | null): MoneyShape | null {
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
      asOf: t.arg({ type: 'DateTime', description: AS_OF }),
    },
    resolve: (_root, args, ctx) =>
      clientTotals(ctx, {
        clientId: readNodeId('Client', args.clientId),
        range: checkReadRange(args.range, ctx.now()),
        platform: args.platform ?? null,
        asOf: checkAsOf(args.asOf, ctx.now()),
      }),
  }),
);

async function clientTotals(
  ctx: GraphQLContext,
  input: { clientId: string; range: DayRange; platform: string | null; asOf: Date | null },
): Promise<TotalsSource> {
  const { clientId, range, platform, asOf } = input;
  requireClient(ctx, clientId);
  const client = await ctx.db.prisma.client.findFirst({ where: { id: clientId } });
  if (!client) throw notFound('client');
  return totalsOf({
    sums: await readClientSums(ctx, input),
    emptyCurrency: client.currency,
    reportingCurrency: client.currency,
    goals: () => readClientGoals(ctx, input),
    coverage: async () => {
      const accounts = await ctx.loaders.accountsOfClient.load(clientId);
      const asked = accounts.filter((account) => platform === null || account.platform === platform);
      return loadCoverage(ctx, { clientId, accounts: asked, range, asOf });
    },
  });
}
