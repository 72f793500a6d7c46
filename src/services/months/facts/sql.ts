import { statement } from '../../../db/sql.ts';
import type { Day } from '../../../lib/days.ts';

/** One client on one platform, and the days of a month, in the order most statements here take them. */
export type PairInput = [clientId: string, platform: string, from: Day, to: Day];

const PRESENT = `slices.fetched_at IS NOT NULL AND slices.status = 'OK'`;

export interface MonthAccountRow {
  id: string;
  external_id: string;
  name: string;
  currency: string;
  timezone: string;
  paused_until: Date | null;
  pause_reason: string | null;
  present: number;
  /** Present, and the platform does not restate them any more. */
  final: number;
  suspect: number;
}

/** The accounts of the pair, and what is there of each one's month. */
export const monthAccounts = statement<MonthAccountRow, PairInput>(
  'months.accounts',
  `SELECT account.id, account.external_id, account.name, account.currency, account.timezone, account.paused_until,
          account.pause_reason, (count(*) FILTER (WHERE ${PRESENT}))::int AS present,
          (count(*) FILTER (WHERE ${PRESENT} AND slices.final))::int AS final,
          (count(*) FILTER (WHERE slices.status = 'SUSPECT'))::int AS suspect
   FROM ad_accounts AS account
   LEFT JOIN slices ON slices.client_id = account.client_id AND slices.account_id = account.id
     AND slices.date BETWEEN $3::date AND $4::date
   WHERE account.client_id = $1 AND account.platform = $2
   GROUP BY account.id ORDER BY account.external_id`,
);

export interface MonthTotalRow {
  account_id: string;
  currency: string;
  spend: string;
  impressions: string;
  clicks: string;
  stored_spend: string;
  stored_impressions: string;
  stored_clicks: string;
}

const TOTALS = ['spend', 'impressions', 'clicks'] as const;
const DAYS_OF_PAIR = `slices.client_id = $1 AND slices.date BETWEEN $3::date AND $4::date
       AND slices.account_id IN (SELECT id FROM ad_accounts WHERE client_id = $1 AND platform = $2)`;

/** The accounts' own totals of the month beside what is stored of the same days; a figure not told is not compared. */
export const monthTotals = statement<MonthTotalRow, PairInput>(
  'months.totals',
  `SELECT slices.account_id, total_currency AS currency,
          ${TOTALS.map((name) => `sum(coalesce(total_${name}, stored.${name}))::text AS ${name}, sum(stored.${name})::text AS stored_${name}`).join(', ')}
   FROM slices CROSS JOIN LATERAL (
     SELECT ${TOTALS.map((name) => `coalesce(sum(${name}), 0) AS ${name}`).join(', ')} FROM campaign_days AS day
     WHERE day.client_id = $1 AND day.date = slices.date AND day.account_id = slices.account_id
       AND day.currency = total_currency) AS stored
   WHERE ${DAYS_OF_PAIR} AND total_currency IS NOT NULL
   GROUP BY slices.account_id, total_currency`,
);

/** Days with delivery of which the account's own total is not known. */
export const untoldDays = statement<{ account_id: string; days: number }, PairInput>(
  'months.untoldDays',
  `SELECT slices.account_id, count(*)::int AS days FROM slices
   WHERE ${DAYS_OF_PAIR} AND total_currency IS NULL AND EXISTS (
     SELECT FROM campaign_days AS day WHERE day.client_id = $1 AND day.date = slices.date
       AND day.account_id = slices.account_id AND (day.spend > 0 OR day.impressions > 0))
   GROUP BY slices.account_id`,
);

export interface MonthCampaignSums {
  account_id: string;
  account: string;
  campaign: string;
  currency: string;
  name: string | null;
  status: string | null;
  objective: string | null;
  spend: string;
  impressions: string;
  clicks: string;
  link_clicks: string;
  conversions: string;
  conversion_value: string;
}

const MEASURES = [...TOTALS, 'link_clicks', 'conversions', 'conversion_value'] as const;
const PAIR_DAYS = `campaign_days AS day
   JOIN ad_accounts AS account ON account.client_id = $1 AND account.id = day.account_id AND account.platform = $2`;

/** Campaign sums of the month; campaigns of which nothing is left are not there. */
export const monthCampaigns = statement<MonthCampaignSums, PairInput>(
  'months.campaigns',
  `SELECT sums.*, account.external_id AS account, campaign.name, campaign.status, campaign.objective
   FROM (SELECT day.account_id, day.campaign_external_id AS campaign, day.currency,
           ${MEASURES.map((name) => `sum(day.${name})::text AS ${name}`).join(', ')}
         FROM ${PAIR_DAYS} WHERE day.client_id = $1 AND day.date BETWEEN $3 AND $4
         GROUP BY day.account_id, day.campaign_external_id, day.currency
         HAVING ${MEASURES.map((name) => `sum(day.${name}) <> 0`).join(' OR ')}) AS sums
   JOIN ad_accounts AS account ON account.client_id = $1 AND account.id = sums.account_id
   LEFT JOIN ad_campaigns AS campaign ON campaign.client_id = $1 AND campaign.account_id = sums.account_id
     AND campaign.external_id = sums.campaign`,
);

export interface MonthGoalSums {
  account_id: string;
  campaign: string;
  currency: string;
  name: string;
  count: string;
  value: string;
}

const COUNT = `sum((goal.value ->> 'count')::numeric)`;
const VALUE = `sum((goal.value ->> 'value')::numeric)`;

export const monthGoals = statement<MonthGoalSums, PairInput>(
  'months.goals',
  `SELECT day.account_id, day.campaign_external_id AS campaign, day.currency, goal.key AS name,
          ${COUNT}::text AS count, ${VALUE}::text AS value
   FROM ${PAIR_DAYS} CROSS JOIN LATERAL jsonb_each(day.goals) AS goal
   WHERE day.client_id = $1 AND day.date BETWEEN $3 AND $4
   GROUP BY 1, 2, 3, 4 HAVING ${COUNT} <> 0 OR ${VALUE} <> 0`,
);

/** The reach of exactly the month. A null campaign is the account as a whole. */
export const monthReach = statement<
  { account_id: string; campaign: string | null; reach: string; fetched_at: Date },
  PairInput
>(
  'months.reach',
  `SELECT account_id, campaign_external_id AS campaign, reach::text, fetched_at FROM ad_reach
   WHERE client_id = $1 AND date_from = $3 AND date_to = $4
     AND account_id IN (SELECT id FROM ad_accounts WHERE client_id = $1 AND platform = $2)`,
);

export const breakdownDays = statement<{ account_id: string; kind: string; days: number }, PairInput>(
  'months.breakdownDays',
  `SELECT account_id, kind, count(*)::int AS days FROM breakdown_slices
   WHERE client_id = $1 AND date BETWEEN $3 AND $4 AND fetched_at IS NOT NULL
     AND account_id IN (SELECT id FROM ad_accounts WHERE client_id = $1 AND platform = $2)
   GROUP BY account_id, kind`,
);

export const monthClient = statement<
  { name: string; currency: string; timezone: string },
  [clientId: string]
>('months.client', 'SELECT name, currency, timezone FROM clients WHERE id = $1');

// What to read ----------------------------------------------------------------------------------------

/**
 * Days of an account's month that have to be read, newest first: those that are not there or can still change, unless
 * they were read since `recently` (null = whenever), and when forced all; never those that this run has read.
 */
export const daysToRead = statement<
  { date: Day },
  [
    clientId: string,
    accountId: string,
    from: Day,
    to: Day,
    runId: string,
    force: boolean,
    recently: Date | null,
  ]
>(
  'months.daysToRead',
  `SELECT day::date::text AS date FROM generate_series($3::date, $4::date, interval '1 day') AS day
   LEFT JOIN slices ON slices.client_id = $1 AND slices.account_id = $2 AND slices.date = day::date
   WHERE NOT coalesce(run_id = $5 AND (fetched_at IS NOT NULL OR status = 'SUSPECT'), false)
     AND ($6 OR NOT coalesce(${PRESENT} AND (final OR fetched_at > $7::timestamptz), false))
   ORDER BY day DESC`,
);

/**
 * The same of breakdowns: days of which any of the kinds is not there, or, unless `lenient`, was read while it could
 * still change.
 */
export const breakdownDaysToRead = statement<
  { date: Day },
  [
    clientId: string,
    accountId: string,
    from: Day,
    to: Day,
    runId: string,
    force: boolean,
    lenient: boolean,
    kinds: readonly string[],
  ]
>(
  'months.breakdownDaysToRead',
  `SELECT day::date::text AS date FROM generate_series($3::date, $4::date, interval '1 day') AS day
   WHERE EXISTS (
     SELECT FROM unnest($8::text[]) AS wanted (kind)
     LEFT JOIN breakdown_slices AS stored ON stored.client_id = $1 AND stored.account_id = $2
       AND stored.kind = wanted.kind AND stored.date = day::date
     WHERE NOT coalesce(stored.run_id = $5 AND fetched_at IS NOT NULL, false)
       AND ($6 OR NOT coalesce(fetched_at IS NOT NULL AND (final OR $7), false)))
   ORDER BY day DESC`,
);

/** What a reading left under a task id of its own. */
export const dropMarks = statement<never, [clientId: string, ownTaskId: string]>(
  'months.dropMarks',
  'DELETE FROM sync_pages WHERE client_id = $1 AND task_id = $2',
);

/** When the reach of exactly these days was last told. */
export const reachTold = statement<
  { at: Date | null },
  [clientId: string, accountId: string, from: Day, to: Day]
>(
  'months.reachTold',
  `SELECT max(fetched_at) AS at FROM ad_reach
   WHERE client_id = $1 AND account_id = $2 AND date_from = $3 AND date_to = $4`,
);
