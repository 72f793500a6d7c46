import { statement } from '../../../db/sql.ts';
import type { Day } from '../../../lib/days.ts';

const SUMS = 'spend, impressions, clicks, link_clicks, conversions, conversion_value';

interface Rollup {
  table: string;
  /** The columns its source is grouped by. */
  by: string;
  /** Further columns of its primary key, and their bound values: the same for every row of one refresh. */
  fixed: Readonly<Record<string, string>>;
  /** What is summed, with the columns of `by`, the metrics and goals. */
  source: string;
  /** Binds the touched days. */
  days: string;
}

/**
 * One statement that brings a rollup's touched days in line with its source: rows that agree are not rewritten,
 * rows whose source is gone are removed. Goals are summed by name; those that come out even are left out.
 */
function refresh(rollup: Rollup): string {
  const { table, by, fixed } = rollup;
  const names = Object.keys(fixed).join(', ');
  const scope = Object.entries(fixed).map(([name, value]) => `${name} = ${value}`);
  const inScope = [...scope, `date = ANY(${rollup.days}::date[])`].join(' AND ');
  return `WITH source AS (${rollup.source}),
   totals AS (
     SELECT ${by}, sum(spend) AS spend, sum(impressions)::bigint AS impressions, sum(clicks)::bigint AS clicks,
            sum(link_clicks)::bigint AS link_clicks, sum(conversions) AS conversions,
            sum(conversion_value) AS conversion_value
     FROM source GROUP BY ${by}),
   goal_sums AS (
     SELECT ${by}, goal.key AS name, sum((goal.value ->> 'count')::numeric) AS count,
            sum((goal.value ->> 'value')::numeric) AS value
     FROM source CROSS JOIN LATERAL jsonb_each(goals) AS goal GROUP BY ${by}, goal.key),
   goals AS (
     SELECT ${by}, jsonb_object_agg(name, jsonb_build_object(
              'count', trim_scale(count)::text, 'value', trim_scale(value)::text)) AS goals
     FROM goal_sums WHERE count <> 0 OR value <> 0 GROUP BY ${by}),
   fresh AS (
     SELECT ${by}, ${SUMS}, coalesce(goals.goals, '{}') AS goals FROM totals LEFT JOIN goals USING (${by})),
   stored AS (SELECT ${by}, ${SUMS}, goals FROM ${table} WHERE ${inScope}),
   gone AS (
     DELETE FROM ${table} WHERE ${inScope}
       AND (${by}) IN (SELECT ${by} FROM stored EXCEPT SELECT ${by} FROM fresh)),
   changed AS (SELECT * FROM fresh EXCEPT SELECT * FROM stored)
   INSERT INTO ${table} (${names}, ${by}, ${SUMS}, goals)
   SELECT ${Object.values(fixed).join(', ')}, ${by}, ${SUMS}, goals FROM changed
   ON CONFLICT (${names}, ${by}) DO UPDATE SET
     ${[...SUMS.split(', '), 'goals'].map((name) => `${name} = excluded.${name}`).join(', ')}`;
}

/** Brings campaign_days of one account in line with its facts. */
export const refreshCampaignDays = statement<
  Record<string, never>,
  [clientId: string, accountId: string, days: Day[]]
>(
  'sync.campaignDays.refresh',
  refresh({
    table: 'campaign_days',
    by: 'date, campaign_external_id, currency',
    fixed: { client_id: '$1::uuid', account_id: '$2::uuid' },
    source: `SELECT date, campaign_external_id, currency, ${SUMS}, goals FROM ad_insights
      WHERE client_id = $1 AND account_id = $2 AND date = ANY($3::date[])`,
    days: '$3',
  }),
);

/** Brings client_days in line with campaign_days: every account of the client on that platform together. */
export const refreshClientDays = statement<
  Record<string, never>,
  [clientId: string, platform: string, days: Day[]]
>(
  'sync.clientDays.refresh',
  refresh({
    table: 'client_days',
    by: 'date, currency',
    fixed: { client_id: '$1::uuid', platform: '$2::text' },
    source: `SELECT date, currency, ${SUMS}, goals FROM campaign_days
      WHERE client_id = $1 AND date = ANY($3::date[])
        AND account_id IN (SELECT id FROM ad_accounts WHERE client_id = $1 AND platform = $2)`,
    days: '$3',
  }),
);
