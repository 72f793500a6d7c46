import type { Context } from '../../context.ts';
import type { DayRange } from '../../lib/days.ts';
import { requireClient } from '../access.ts';
import * as past from './past/sql.ts';
import type {
  CampaignGoalSums,
  CampaignSums,
  CampaignSumsInput,
  ClientSumsInput,
  CurrencySums,
  GoalSums,
} from './sql.ts';
import { campaignGoals, campaignSums, clientGoals, clientSums } from './sql.ts';

export interface ClientFigures {
  clientId: string;
  range: DayRange;
  /** Null = every platform. */
  platform: string | null;
  /** The figures as they were at this moment; null = as they are. */
  asOf: Date | null;
}

export interface CampaignFigures {
  clientId: string;
  range: DayRange;
  /** The figures as they were at this moment; null = as they are. */
  asOf: Date | null;
  campaigns: readonly { accountId: string; externalId: string }[];
}

/** A client's sums, a row a currency. Throws NOT_FOUND for a client that is not the actor's. */
export function readClientSums(ctx: Context, input: ClientFigures): Promise<CurrencySums[]> {
  const { pool } = ctx.db;
  const bound = bindClient(ctx, input);
  return input.asOf ? past.clientSumsThen.all(pool, ...bound, input.asOf) : clientSums.all(pool, ...bound);
}

/** A client's goals, a row a goal and currency. Throws NOT_FOUND for a client that is not the actor's. */
export function readClientGoals(ctx: Context, input: ClientFigures): Promise<GoalSums[]> {
  const { pool } = ctx.db;
  const bound = bindClient(ctx, input);
  return input.asOf ? past.clientGoalsThen.all(pool, ...bound, input.asOf) : clientGoals.all(pool, ...bound);
}

/** Sums of many campaigns in one statement, a row a campaign and currency. */
export function readCampaignSums(ctx: Context, input: CampaignFigures): Promise<CampaignSums[]> {
  const { pool } = ctx.db;
  const bound = bindCampaigns(ctx, input);
  return input.asOf
    ? past.campaignSumsThen.all(pool, ...bound, input.asOf)
    : campaignSums.all(pool, ...bound);
}

/** Goals of many campaigns in one statement, a row a campaign, goal and currency. */
export function readCampaignGoals(ctx: Context, input: CampaignFigures): Promise<CampaignGoalSums[]> {
  const { pool } = ctx.db;
  const bound = bindCampaigns(ctx, input);
  return input.asOf
    ? past.campaignGoalsThen.all(pool, ...bound, input.asOf)
    : campaignGoals.all(pool, ...bound);
}

function bindClient(ctx: Context, { clientId, range, platform }: ClientFigures): ClientSumsInput {
  requireClient(ctx, clientId);
  return [clientId, range.from, range.to, platform];
}

function bindCampaigns(ctx: Context, { clientId, range, campaigns }: CampaignFigures): CampaignSumsInput {
  requireClient(ctx, clientId);
  const accountIds = [...new Set(campaigns.map((campaign) => campaign.accountId))];
  const externalIds = [...new Set(campaigns.map((campaign) => campaign.externalId))];
  return [clientId, range.from, range.to, accountIds, externalIds];
}
