import type { Context } from '../../context.ts';
import type { AdAccount } from '../../generated/prisma/client.ts';
import type { Statement } from '../../db/sql.ts';
import type { Day, DayRange } from '../../lib/days.ts';
import { requireClient } from '../access.ts';
import { missingReason } from './judge.ts';
import type { AccountCoverage, DiscrepancyRow, NoteRow } from './sql.ts';
import { coverageOfAccounts, discrepancies, missingSlices, notes } from './sql.ts';

export interface CoverageInput {
  clientId: string;
  accountIds: readonly string[];
  range: DayRange;
  /** What was there at this moment; null = what is. */
  asOf: Date | null;
}

/** Slices of these accounts, the first so many of them. */
export interface SlicesInput {
  clientId: string;
  accounts: readonly AdAccount[];
  range: DayRange;
  asOf: Date | null;
  first: number;
}

/** A slice of an account that there is something to tell about. */
export type Told<Row> = Omit<Row, 'account_id'> & { account: AdAccount };

/** A day of an account that a figure should rest on and does not. */
export interface MissingSlice {
  account: AdAccount;
  date: Day;
  reason: string;
}

/** What is there, a row an account. Throws NOT_FOUND for a client that is not the actor's. */
export function readCoverage(ctx: Context, input: CoverageInput): Promise<AccountCoverage[]> {
  requireClient(ctx, input.clientId);
  const { clientId, accountIds, range, asOf } = input;
  return coverageOfAccounts.all(ctx.db.pool, clientId, [...accountIds], range.from, range.to, asOf);
}

/** The first missing slices, oldest first, each with its reason. */
export async function readMissing(ctx: Context, input: SlicesInput): Promise<MissingSlice[]> {
  const rows = await readSlices(ctx, missingSlices, input);
  const moment = { now: ctx.now(), asOf: input.asOf };
  return rows.map(({ account, ...row }) => ({
    account,
    date: row.date,
    reason: missingReason({ ...row, account_id: account.id }, account, moment),
  }));
}

/** The first slices whose rows do not add up to the account's own total, oldest first. */
export function readDiscrepancies(ctx: Context, input: SlicesInput): Promise<Told<DiscrepancyRow>[]> {
  return readSlices(ctx, discrepancies, input);
}

/** The first slices with a note, oldest first. */
export function readNotes(ctx: Context, input: SlicesInput): Promise<Told<NoteRow>[]> {
  return readSlices(ctx, notes, input);
}

type SlicesStatement<Row extends { account_id: string }> = Statement<
  Row,
  [clientId: string, accountIds: string[], from: Day, to: Day, asOf: Date | null, first: number]
>;

/** Runs a statement of slices and puts the accounts to its rows. Throws NOT_FOUND for a client not the actor's. */
async function readSlices<Row extends { account_id: string }>(
  ctx: Context,
  slices: SlicesStatement<Row>,
  input: SlicesInput,
): Promise<Told<Row>[]> {
  const { clientId, range, asOf, first } = input;
  requireClient(ctx, clientId);
  const accounts = new Map(input.accounts.map((account) => [account.id, account]));
  const rows = await slices.all(
    ctx.db.pool,
    clientId,
    [...accounts.keys()],
    range.from,
    range.to,
    asOf,
    first,
  );
  return rows.flatMap(({ account_id, ...row }) => {
    const account = accounts.get(account_id);
    return account ? [{ ...row, account }] : [];
  });
}
