import type { Context } from '../../context.ts';
import type { DayRange } from '../../lib/days.ts';
import { requireClient } from '../access.ts';
import type { ReachOfWindow, WindowRow } from './sql.ts';
import { reachOfCampaigns, reachOfWindow, windowsOfAccounts } from './sql.ts';

/** Some accounts of one client. All verbs here throw NOT_FOUND for a client that is not the actor's. */
export interface ReachInput {
  clientId: string;
  accountIds: readonly string[];
  first: number;
}

/** What is known of exactly these days, the accounts first; empty when nobody asked for exactly these. */
export async function readReach(
  ctx: Context,
  input: ReachInput & { range: DayRange },
): Promise<ReachOfWindow[]> {
  const { clientId, accountIds, range, first } = input;
  requireClient(ctx, clientId);
  return reachOfWindow.all(ctx.db.pool, clientId, range.from, range.to, [...accountIds], first);
}

/** The same of many campaigns in one statement. */
export async function readCampaignReach(
  ctx: Context,
  input: {
    clientId: string;
    range: DayRange;
    campaigns: readonly { accountId: string; externalId: string }[];
  },
): Promise<ReachOfWindow[]> {
  const { clientId, range, campaigns } = input;
  requireClient(ctx, clientId);
  const accountIds = [...new Set(campaigns.map((campaign) => campaign.accountId))];
  const externalIds = [...new Set(campaigns.map((campaign) => campaign.externalId))];
  return reachOfCampaigns.all(ctx.db.pool, clientId, range.from, range.to, accountIds, externalIds);
}

/** The windows that can be read, newest end first. */
export async function readReachWindows(ctx: Context, input: ReachInput): Promise<WindowRow[]> {
  const { clientId, accountIds, first } = input;
  requireClient(ctx, clientId);
  return windowsOfAccounts.all(ctx.db.pool, clientId, [...accountIds], first);
}
