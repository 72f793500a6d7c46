import type { Context } from '../../../context.ts';
import { Prisma } from '../../../generated/prisma/client.ts';
import { requireClient } from '../../access.ts';
import type { MaturityRow } from './sql.ts';
import { maturityOfAccounts } from './sql.ts';

/** Half a year: long enough to be steady, short enough to be of the account as it is now. */
const NEWEST_SLICES = 180;

/** The share of its final value a day has at an age, 1 = all of it; null = no history to tell from. */
export interface MaturityPoint {
  accountId: string;
  age: number;
  spend: Prisma.Decimal | null;
  conversions: Prisma.Decimal | null;
  conversionValue: Prisma.Decimal | null;
  /** How many days it rests on. */
  slices: number;
}

/** The maturity curves of a client's accounts, by account and age. Throws NOT_FOUND for a client not the actor's. */
export async function readMaturity(
  ctx: Context,
  input: { clientId: string; accountIds: readonly string[] },
): Promise<MaturityPoint[]> {
  requireClient(ctx, input.clientId);
  const rows = await maturityOfAccounts.all(
    ctx.db.pool,
    input.clientId,
    [...input.accountIds],
    NEWEST_SLICES,
  );
  return rows.map(pointOf);
}

function pointOf(row: MaturityRow): MaturityPoint {
  const share = (text: string | null) => (text === null ? null : new Prisma.Decimal(text));
  return {
    accountId: row.account_id,
    age: row.age,
    spend: share(row.spend),
    conversions: share(row.conversions),
    conversionValue: share(row.conversion_value),
    slices: row.slices,
  };
}
