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

export const MEASURES = ['spend', 'impressions', 'clicks', 'conversions', 'conversion_value'] as const;

const SUMS = MEASURES.map((name) => `sum(${name})::text AS ${name}`).join(', ');

/** A currency in which nothing is left is no currency of the range: as if its rows had never been there. */
export const ANYTHING = MEASURES.map((name) => `sum(${name}) <> 0`).join(' OR ');

const COUNT = `sum((goal.value->>'count')::numeric)`;
const VALUE = `sum((goal.value->>'value')::numeric)`;
const GOAL_SUMS = `currency, goal.key AS name, ${COUNT}::text AS count, ${VALUE}::text AS value`;
const ANY_GOAL = `${COUNT} <> 0 OR ${VALUE} <> 0`;

export type ClientSumsInput = [clientId: string, from: Day, to: Day, platform: string | null];

export type CampaignSumsInput = [
  clientId: string,
  from: Day,
  to: Day,
  accountIds: string[],
  campaignExternalIds: string[],
];

/** The client's sums of a range, a row a currency. A null platform means all. */
export const clientSums = statement<CurrencySums, ClientSumsInput>(
  'totals.clientSums',
  `SELECT currency, ${SUMS} FROM client_days
   WHERE client_id = $1 AND date BETWEEN $2 AND $3 AND ($4::text IS NULL OR platform = $4)
   GROUP BY currency HAVING ${ANYTHING} ORDER BY currency`,
);

export const clientGoals = statement<GoalSums, ClientSumsInput>(
  'totals.clientGoals',
  `SELECT ${GOAL_SUMS} FROM client_days CROSS JOIN LATERAL jsonb_each(goals) AS goal
   WHERE client_id = $1 AND date BETWEEN $2 AND $3 AND ($4::text IS NULL OR platform = $4)
   GROUP BY currency, goal.key HAVING ${ANY_GOAL} ORDER BY goal.key, currency`,
);

/** Sums of many campaigns at once, a row a campaign and currency. */
export const campaignSums = statement<CampaignSums, CampaignSumsInput>(
  'totals.campaignSums',
  `SELECT account_id, campaign_external_id, currency, ${SUMS} FROM campaign_days
   WHERE client_id = $1 AND date BETWEEN $2 AND $3
     AND account_id = ANY($4::uuid[]) AND campaign_external_id = ANY($5::text[])
   GROUP BY account_id, campaign_external_id, currency HAVING ${ANYTHING} ORDER BY currency`,
);

export const campaignGoals = statement<CampaignGoalSums, CampaignSumsInput>(
  'totals.campaignGoals',
  `SELECT account_id, campaign_external_id, ${GOAL_SUMS}
   FROM campaign_days CROSS JOIN LATERAL jsonb_each(goals) AS goal
   WHERE client_id = $1 AND date BETWEEN $2 AND $3
     AND account_id = ANY($4::uuid[]) AND campaign_external_id = ANY($5::text[])
   GROUP BY account_id, campaign_external_id, currency, goal.key HAVING ${ANY_GOAL} ORDER BY goal.key, currency`,
);
