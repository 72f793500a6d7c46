import type { Context } from '../../context.ts';
import type { AdAccount } from '../../generated/prisma/client.ts';
import type { Day, DayRange } from '../../lib/days.ts';
import { requireClient } from '../access.ts';
import { missingReason } from './judge.ts';
import type { AccountCoverage } from './sql.ts';
import { coverageOfAccounts, missingSlices } from './sql.ts';

export interface CoverageInput {
  clientId: string;
  accountIds: readonly string[];
  range: DayRange;
}

/** A day of an account that a figure should rest on and does not. */
export interface MissingSlice {
  account: AdAccount;
  date: Day;
  reason: string;
}

/** What is there, a row an account. Throws NOT_FOUND for a client that is not the actor's. */
export function readCoverage(ctx: Context, input: CoverageInput): Promise<AccountCoverage[]> {
  requireClient(ctx, input.clientId);
  const { clientId, accountIds, range } = input;
  return coverageOfAccounts.all(ctx.db.pool, clientId, [...accountIds], range.from, range.to);
}

/** The first missing slices, oldest first, each with its reason. */
export async function readMissing(
  ctx: Context,
  input: { clientId: string; accounts: readonly AdAccount[]; range: DayRange },
  first: number,
): Promise<MissingSlice[]> {
  requireClient(ctx, input.clientId);
  const { range } = input;
  const accounts = new Map(input.accounts.map((account) => [account.id, account]));
  const rows = await missingSlices.all(
    ctx.db.pool,
    input.clientId,
    [...accounts.keys()],
    range.from,
    range.to,
    first,
  );
  return rows.flatMap((row) => {
    const account = accounts.get(row.account_id);
    return account
      ? [{ account, date: row.date, reason: missingReason(row, ctx.now(), account.timezone) }]
      : [];
  });
}
