import type { Context } from '../../context.ts';
import type { DayRange } from '../../lib/days.ts';
import { requireClient } from '../access.ts';
import type { CampaignGoalSums, CampaignSums, CurrencySums, GoalSums } from './sql.ts';
import { campaignGoals, campaignSums, clientGoals, clientSums } from './sql.ts';

export interface ClientFigures {
  clientId: string;
  range: DayRange;
  /** Null = every platform. */
  platform: string | null;
}

export interface CampaignFigures {
  clientId: string;
  range: DayRange;
  campaigns: readonly { accountId: string; externalId: string }[];
}

/** A client's sums, a row a currency. Throws NOT_FOUND for a client that is not the actor's. */
export function readClientSums(ctx: Context, input: ClientFigures): Promise<CurrencySums[]> {
  requireClient(ctx, input.clientId);
  return clientSums.all(ctx.db.pool, input.clientId, input.range.from, input.range.to, input.platform);
}

export function readClientGoals(ctx: Context, input: ClientFigures): Promise<GoalSums[]> {
  requireClient(ctx, input.clientId);
  return clientGoals.all(ctx.db.pool, input.clientId, input.range.from, input.range.to, input.platform);
}

/** Sums of many campaigns in one statement. */
export function readCampaignSums(ctx: Context, input: CampaignFigures): Promise<CampaignSums[]> {
  requireClient(ctx, input.clientId);
  return campaignSums.all(ctx.db.pool, ...bind(input));
}

export function readCampaignGoals(ctx: Context, input: CampaignFigures): Promise<CampaignGoalSums[]> {
  requireClient(ctx, input.clientId);
  return campaignGoals.all(ctx.db.pool, ...bind(input));
}

function bind({ clientId, range, campaigns }: CampaignFigures): [string, string, string, string[], string[]] {
  const accountIds = [...new Set(campaigns.map((campaign) => campaign.accountId))];
  const externalIds = [...new Set(campaigns.map((campaign) => campaign.externalId))];
  return [clientId, range.from, range.to, accountIds, externalIds];
}
