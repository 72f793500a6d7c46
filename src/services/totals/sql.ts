import { statement } from '../../db/sql.ts';
import type { Day } from '../../lib/days.ts';

/** Sums of one currency. Counts and money come as decimal text. */
export interface CurrencySums {
  currency: string;
  spend: string;
  impressions: string;
  clicks: string;
  conversions: string;
  conversion_value: string;
}

export interface CampaignSums extends CurrencySums {
  account_id: string;
  campaign_external_id: string;
}

export interface GoalSums {
  currency: string;
  name: string;
  count: string;
  value: string;
}

export interface CampaignGoalSums extends GoalSums {
  account_id: string;
  campaign_external_id: string;
}

const SUMS = `sum(spend)::text AS spend, sum(impressions)::text AS impressions, sum(clicks)::text AS clicks,
  sum(conversions)::text AS conversions, sum(conversion_value)::text AS conversion_value`;

const GOAL_SUMS = `currency, goal.key AS name, sum((goal.value->>'count')::numeric)::text AS count,
  sum((goal.value->>'value')::numeric)::text AS value`;

/** The client's sums of a range, a row a currency. A null platform means all. */
export const clientSums = statement<
  CurrencySums,
  [clientId: string, from: Day, to: Day, platform: string | null]
>(
  'totals.clientSums',
  `SELECT currency, ${SUMS} FROM client_days
   WHERE client_id = $1 AND date BETWEEN $2 AND $3 AND ($4::text IS NULL OR platform = $4)
   GROUP BY currency ORDER BY currency`,
);

export const clientGoals = statement<
  GoalSums,
  [clientId: string, from: Day, to: Day, platform: string | null]
>(
  'totals.clientGoals',
  `SELECT ${GOAL_SUMS} FROM client_days CROSS JOIN LATERAL jsonb_each(goals) AS goal
   WHERE client_id = $1 AND date BETWEEN $2 AND $3 AND ($4::text IS NULL OR platform = $4)
   GROUP BY currency, goal.key ORDER BY goal.key, currency`,
);

/** Sums of many campaigns at once, a row a campaign and currency. */
export const campaignSums = statement<
  CampaignSums,
  [clientId: string, from: Day, to: Day, accountIds: string[], campaignExternalIds: string[]]
>(
  'totals.campaignSums',
  `SELECT account_id, campaign_external_id, currency, ${SUMS} FROM campaign_days
   WHERE client_id = $1 AND date BETWEEN $2 AND $3
     AND account_id = ANY($4::uuid[]) AND campaign_external_id = ANY($5::text[])
   GROUP BY account_id, campaign_external_id, currency ORDER BY currency`,
);

export const campaignGoals = statement<
  CampaignGoalSums,
  [clientId: string, from: Day, to: Day, accountIds: string[], campaignExternalIds: string[]]
>(
  'totals.campaignGoals',
  `SELECT account_id, campaign_external_id, ${GOAL_SUMS}
   FROM campaign_days CROSS JOIN LATERAL jsonb_each(goals) AS goal
   WHERE client_id = $1 AND date BETWEEN $2 AND $3
     AND account_id = ANY($4::uuid[]) AND campaign_external_id = ANY($5::text[])
   GROUP BY account_id, campaign_external_id, currency, goal.key ORDER BY goal.key, currency`,
);
