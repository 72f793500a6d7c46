import type { AdAccount } from '../generated/prisma/client.ts';
import type { DayRange } from '../lib/days.ts';
import type { CoverageSummary } from '../services/coverage/judge.ts';
import { judgeCoverage } from '../services/coverage/judge.ts';
import type { MissingSlice as MissingSliceShape } from '../services/coverage/read.ts';
import { readMissing } from '../services/coverage/read.ts';
import { checkReadRange } from '../services/parse.ts';
import { AdAccountNode } from './account.ts';
import type { GraphQLContext } from './builder.ts';
import { builder } from './builder.ts';
import { DateRange } from './range.ts';

/** A judged coverage and what it was judged for, so that the missing slices can be listed on demand. */
export interface CoverageSource extends CoverageSummary {
  clientId: string;
  accounts: readonly AdAccount[];
  range: DayRange;
}

/** Judges the coverage of some accounts of one client; one statement for all that ask in the same tick. */
export async function loadCoverage(
  ctx: GraphQLContext,
  input: { clientId: string; accounts: readonly AdAccount[]; range: DayRange },
): Promise<CoverageSource> {
  const { clientId, accounts, range } = input;
  const rows = await Promise.all(
    accounts.map((account) => ctx.loaders.coverage.load({ clientId, range, accountId: account.id })),
  );
  const known = rows.flatMap((row) => row ?? []);
  return { ...input, ...judgeCoverage(known, range) };
}

const MissingSlice = builder.objectRef<MissingSliceShape>('MissingSlice').implement({
  description: 'A day of an account that a figure should rest on and does not.',
  fields: (t) => ({
    account: t.field({ type: AdAccountNode, resolve: (slice) => slice.account }),
    date: t.expose('date', { type: 'Date', description: 'In the account\u2019s time zone.' }),
    reason: t.exposeString('reason'),
  }),
});

export const Coverage = builder.objectRef<CoverageSource>('Coverage').implement({
  description: 'Which slices (one account \u00d7 one day) a figure rests on.',
  fields: (t) => ({
    expectedSlices: t.exposeInt('expectedSlices', {
      description: 'Accounts \u00d7 days, days to come included.',
    }),
    presentSlices: t.exposeInt('presentSlices'),
    finalSlices: t.exposeInt('finalSlices', {
      description: 'Read after the platform stopped changing them.',
    }),
    dataThrough: t.expose('dataThrough', {
      type: 'Date',
      nullable: true,
      description: 'Up to this day every account is present without a gap; null when the first day is not.',
    }),
    complete: t.exposeBoolean('complete', { description: 'Every expected slice is present.' }),
    missing: t.field({
      type: [MissingSlice],
      args: { first: t.arg.int({ required: true, defaultValue: 10 }) },
      resolve: (coverage, { first }, ctx) => (coverage.complete ? [] : readMissing(ctx, coverage, first)),
    }),
  }),
});

builder.objectField(AdAccountNode, 'coverage', (t) =>
  t.field({
    type: Coverage,
    args: { range: t.arg({ type: DateRange, required: true }) },
    resolve: (account, { range }, ctx) =>
      loadCoverage(ctx, {
        clientId: account.clientId,
        accounts: [account],
        range: checkReadRange(range, ctx.now()),
      }),
  }),
);
