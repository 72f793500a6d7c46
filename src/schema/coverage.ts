import type { AdAccount } from '../generated/prisma/client.ts';
import type { DayRange } from '../lib/days.ts';
import type { CoverageSummary } from '../services/coverage/judge.ts';
import { judgeCoverage } from '../services/coverage/judge.ts';
import type { MissingSlice as MissingSliceShape, SlicesInput, Told } from '../services/coverage/read.ts';
import type { NoteRow } from '../services/coverage/sql.ts';
import { checkReadRange } from '../services/parse.ts';
import { AdAccountNode } from './account.ts';
import type { GraphQLContext } from './builder.ts';
import { builder } from './builder.ts';
import { Discrepancy } from './discrepancy.ts';
import { AccountMaturity } from './maturity.ts';
import { DateRange } from './range.ts';

/** What a coverage is asked of; `asOf` null or left out = now. */
interface CoverageInput {
  clientId: string;
  accounts: readonly AdAccount[];
  range: DayRange;
  asOf?: Date | null;
}

/** A judged coverage and what it was judged for, so that its slices can be listed on demand. */
export interface CoverageSource extends CoverageSummary, Omit<SlicesInput, 'first'> {}

/** Judges the coverage of some accounts of one client; one statement for all that ask in the same tick. */
export async function loadCoverage(ctx: GraphQLContext, input: CoverageInput): Promise<CoverageSource> {
  const { clientId, accounts, range, asOf = null } = input;
  const rows = await Promise.all(
    accounts.map((account) => ctx.loaders.coverage.load({ clientId, range, asOf, accountId: account.id })),
  );
  const known = rows.flatMap((row) => row ?? []);
  return { clientId, accounts, range, asOf, ...judgeCoverage(known, range) };
}

const MissingSlice = builder.objectRef<MissingSliceShape>('MissingSlice').implement({
  description: 'A day of an account that a figure should rest on and does not.',
  fields: (t) => ({
    account: t.field({ type: AdAccountNode, resolve: (slice) => slice.account }),
    date: t.expose('date', { type: 'Date', description: 'In the account\u2019s time zone.' }),
    reason: t.exposeString('reason', {
      description:
        'A class and words: FUTURE, NOT_FETCHED, SUSPECT, or what failed (WAIT, REAUTHORIZE, RETRY, FIX, INTERNAL).',
    }),
  }),
});

const SliceNote = builder.objectRef<Told<NoteRow>>('SliceNote').implement({
  description: 'What is not as fine as it should be about a day whose figures are whole.',
  fields: (t) => ({
    account: t.field({ type: AdAccountNode, resolve: (slice) => slice.account }),
    date: t.expose('date', { type: 'Date', description: 'In the account\u2019s time zone.' }),
    note: t.exposeString('note'),
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
      description: 'Expected slices that are not present, oldest first.',
      args: { first: t.arg.int({ required: true, defaultValue: 10 }) },
      resolve: (coverage, { first }, ctx) =>
        coverage.complete ? [] : ctx.loaders.missing.load({ ...coverage, first }),
    }),
    discrepancies: t.field({
      type: [Discrepancy],
      description:
        'Days whose stored rows do not add up to the account\u2019s own total, oldest first. With asOf only days that ' +
        'were not read again since: earlier totals are not kept.',
      args: { first: t.arg.int({ required: true, defaultValue: 10 }) },
      resolve: (coverage, { first }, ctx) => ctx.loaders.discrepancies.load({ ...coverage, first }),
    }),
    notes: t.field({
      type: [SliceNote],
      description: 'Days with a note, oldest first. With asOf only days that were not read again since.',
      args: { first: t.arg.int({ required: true, defaultValue: 10 }) },
      resolve: (coverage, { first }, ctx) => ctx.loaders.notes.load({ ...coverage, first }),
    }),
    maturity: t.field({
      type: [AccountMaturity],
      description: 'How fast the figures of its accounts become final, as their own history tells.',
      args: { first: t.arg.int({ required: true, defaultValue: 10 }) },
      resolve: ({ accounts }, { first }) => accounts.slice(0, first),
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
