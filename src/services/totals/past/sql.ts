import { statement } from '../../../db/sql.ts';
import type {
  CampaignGoalSums,
  CampaignSums,
  CampaignSumsInput,
  ClientSumsInput,
  CurrencySums,
  GoalSums,
} from '../sql.ts';
import { ANYTHING, MEASURES } from '../sql.ts';

/*
 * Figures as they were at a moment: those of now, less every change made after it, of the days that had been read by
 * then. Day by day and metric by metric that is a sum, so sums of it are exact.
 */

/** What a statement is of: the days in question, and further conditions on rows of campaign_days and of revisions. */
interface Scope {
  /** Conditions on `account`: which accounts. */
  accounts: string;
  /** Conditions that both tables can be asked. */
  rows: string;
  /** Binds the moment. */
  asOf: string;
}

const OF_CLIENT: Scope = {
  accounts: '($4::text IS NULL OR account.platform = $4)',
  rows: 'true',
  asOf: '$5::timestamptz',
};
const OF_CAMPAIGNS: Scope = {
  accounts: 'account.id = ANY($4::uuid[])',
  rows: 'account_id = ANY($4::uuid[]) AND campaign_external_id = ANY($5::text[])',
  asOf: '$6::timestamptz',
};

const KEYS = 'account_id, campaign_external_id, currency';

/** `known` are the days that had been read by then. */
const knownDays = ({ accounts, asOf }: Scope) => `known AS (
     SELECT slices.account_id, slices.date FROM slices
     JOIN ad_accounts AS account ON account.client_id = $1 AND account.id = slices.account_id AND ${accounts}
     WHERE slices.client_id = $1 AND slices.date BETWEEN $2 AND $3 AND first_fetched_at <= ${asOf})`;

const knownRows = (columns: string, table: string, { rows }: Scope) =>
  `SELECT ${columns} FROM ${table} JOIN known USING (account_id, date)
   WHERE client_id = $1 AND date BETWEEN $2 AND $3 AND ${rows}`;

/** How much a later change has to be taken back by. */
const TAKEN_BACK = 'coalesce(old, 0) - coalesce(new, 0)';

function figures(scope: Scope): string {
  const back = MEASURES.map((name) => `CASE WHEN metric = '${name}' THEN ${TAKEN_BACK} END`);
  const metrics = MEASURES.map((name) => `'${name}'`);
  return `WITH ${knownDays(scope)},
   past AS (
     ${knownRows(`${KEYS}, ${MEASURES.join(', ')}`, 'campaign_days', scope)}
     UNION ALL
     ${knownRows(`${KEYS}, ${back.join(', ')}`, 'insight_revisions', scope)}
       AND at > ${scope.asOf} AND metric IN (${metrics.join(', ')}))`;
}

function goals(scope: Scope): string {
  const sideOf = (metric: string, json: string) =>
    `CASE WHEN starts_with(metric, '${metric}') THEN ${TAKEN_BACK} END AS ${json}`;
  return `WITH ${knownDays(scope)},
   past AS (
     ${knownRows(
       `${KEYS}, goal.key AS name, (goal.value ->> 'count')::numeric AS count, (goal.value ->> 'value')::numeric AS value`,
       'campaign_days CROSS JOIN LATERAL jsonb_each(goals) AS goal',
       scope,
     )}
     UNION ALL
     ${knownRows(
       `${KEYS}, substr(metric, strpos(metric, ':') + 1), ${sideOf('goal:', 'count')}, ${sideOf('goal_value:', 'value')}`,
       'insight_revisions',
       scope,
     )}
       AND at > ${scope.asOf} AND (starts_with(metric, 'goal:') OR starts_with(metric, 'goal_value:')))`;
}

/** No row of a metric may be left where all of it came later. */
const SUMS = MEASURES.map((name) => `coalesce(sum(${name}), 0)::text AS ${name}`).join(', ');
const GOAL_SUMS = 'coalesce(sum(count), 0)::text AS count, coalesce(sum(value), 0)::text AS value';
const ANY_GOAL = 'sum(count) <> 0 OR sum(value) <> 0';

/** The client's sums of a range as they were, a row a currency. A null platform means all. */
export const clientSumsThen = statement<CurrencySums, [...ClientSumsInput, asOf: Date]>(
  'totals.past.clientSums',
  `${figures(OF_CLIENT)}
   SELECT currency, ${SUMS} FROM past GROUP BY currency HAVING ${ANYTHING} ORDER BY currency`,
);

export const clientGoalsThen = statement<GoalSums, [...ClientSumsInput, asOf: Date]>(
  'totals.past.clientGoals',
  `${goals(OF_CLIENT)}
   SELECT currency, name, ${GOAL_SUMS} FROM past GROUP BY currency, name HAVING ${ANY_GOAL} ORDER BY name, currency`,
);

/** Sums of many campaigns at once as they were, a row a campaign and currency. */
export const campaignSumsThen = statement<CampaignSums, [...CampaignSumsInput, asOf: Date]>(
  'totals.past.campaignSums',
  `${figures(OF_CAMPAIGNS)}
   SELECT ${KEYS}, ${SUMS} FROM past GROUP BY ${KEYS} HAVING ${ANYTHING} ORDER BY currency`,
);

export const campaignGoalsThen = statement<CampaignGoalSums, [...CampaignSumsInput, asOf: Date]>(
  'totals.past.campaignGoals',
  `${goals(OF_CAMPAIGNS)}
   SELECT ${KEYS}, name, ${GOAL_SUMS} FROM past GROUP BY ${KEYS}, name HAVING ${ANY_GOAL} ORDER BY name, currency`,
);
