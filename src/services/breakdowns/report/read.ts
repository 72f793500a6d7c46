import type { BreakdownKind } from '../../../connectors/ads/breakdowns.ts';
import type { Context } from '../../../context.ts';
import type { AdAccount } from '../../../generated/prisma/client.ts';
import type { Day, DayRange } from '../../../lib/days.ts';
import { requireClient } from '../../access.ts';
import { missingReason } from './judge.ts';
import type { AskedInput, PartRow } from './sql.ts';
import { campaignParts, clientParts, daysPresent, missingDays } from './sql.ts';

/** One kind of breakdown of some accounts of one client. All verbs here throw NOT_FOUND for a client not the actor's. */
export interface BreakdownInput {
  clientId: string;
  accountIds: readonly string[];
  kind: BreakdownKind;
  range: DayRange;
}

/** The first so many parts of all campaigns together. */
export function readClientParts(ctx: Context, input: BreakdownInput, first: number): Promise<PartRow[]> {
  return clientParts[waysOf(input.kind)].all(ctx.db.pool, ...asked(ctx, input), first);
}

/** The first so many parts of each campaign, in one statement. */
export function readCampaignParts(
  ctx: Context,
  input: BreakdownInput & { first: number },
  campaignExternalIds: readonly string[],
): Promise<PartRow[]> {
  const statement = campaignParts[waysOf(input.kind)];
  return statement.all(ctx.db.pool, ...asked(ctx, input), input.first, campaignExternalIds);
}

/** How many days of each account were read. */
export async function readDaysPresent(ctx: Context, input: BreakdownInput): Promise<Map<string, number>> {
  const rows = await daysPresent.all(ctx.db.pool, ...asked(ctx, input));
  return new Map(rows.map((row) => [row.account_id, row.present]));
}

export interface MissingDay {
  account: AdAccount;
  date: Day;
  reason: string;
}

/** The first days that were never read, oldest first, each with its reason. */
export async function readMissingDays(
  ctx: Context,
  input: BreakdownInput & { accounts: readonly AdAccount[] },
  first: number,
): Promise<MissingDay[]> {
  const accounts = new Map(input.accounts.map((account) => [account.id, account]));
  const rows = await missingDays.all(ctx.db.pool, ...asked(ctx, input), first);
  return rows.flatMap((row) => {
    const account = accounts.get(row.account_id);
    if (!account) return [];
    const { timezone } = account;
    return [{ account, date: row.date, reason: missingReason(row, { now: ctx.now(), timezone }) }];
  });
}

function asked(ctx: Context, { clientId, accountIds, kind, range }: BreakdownInput): AskedInput {
  requireClient(ctx, clientId);
  return [clientId, [...accountIds], kind, range.from, range.to];
}

function waysOf(kind: BreakdownKind): 'byAd' | 'bySegments' {
  return kind === 'RELEVANCE' ? 'byAd' : 'bySegments';
}
