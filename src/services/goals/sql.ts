import { statement } from '../../db/sql.ts';
import type { ActionCount, DecimalText } from '../../connectors/ads/contract.ts';
import type { Day } from '../../lib/days.ts';
import type { ScopeInput } from '../sync/sql.ts';
import { inScope } from '../sync/sql.ts';
import type { CampaignRows } from '../sync/insights.ts';

export const goalsOf = statement<
  { name: string; action_types: string[] },
  [clientId: string, platform: string]
>(
  'goals.of',
  'SELECT name, action_types FROM goals WHERE client_id = $1 AND platform = $2 ORDER BY position, name',
);

/** Leaves every other platform's goals alone. */
export const deleteGoals = statement<never, [clientId: string, platforms: readonly string[]]>(
  'goals.delete',
  'DELETE FROM goals WHERE client_id = $1 AND platform = ANY ($2::text[])',
);

export const insertGoal = statement<
  never,
  [clientId: string, platform: string, name: string, position: number, actionTypes: readonly string[]]
>(
  'goals.insert',
  'INSERT INTO goals (client_id, platform, name, position, action_types) VALUES ($1, $2, $3, $4, $5)',
);

// What is computed anew --------------------------------------------------------------------------------------------

export interface StoredDays {
  client_id: string;
  account_id: string;
  platform: string;
  external_id: string;
  /** Days that have figures. */
  days: number;
  rows: number;
}

type Accounts = [clientId: string | null, platforms: readonly string[] | null];
const ACCOUNTS = `($1::uuid IS NULL OR account.client_id = $1) AND ($2::text[] IS NULL OR account.platform = ANY ($2))
   ORDER BY account.platform, account.external_id, account.id`;

/** Null = every client, every platform. Accounts without figures are among them: they may be being read just now. */
export const accountsToRecompute = statement<Pick<StoredDays, 'client_id' | 'account_id'>, Accounts>(
  'goals.accounts',
  `SELECT account.client_id, account.id AS account_id FROM ad_accounts AS account WHERE ${ACCOUNTS}`,
);

export const countStored = statement<StoredDays, Accounts>(
  'goals.countStored',
  `SELECT account.client_id, account.id AS account_id, account.platform, account.external_id,
          stored.days::int, stored.rows::int
   FROM ad_accounts AS account
   CROSS JOIN LATERAL (
     SELECT count(*) AS days, coalesce(sum(day.rows), 0) AS rows
     FROM (SELECT count(*) AS rows FROM ad_insights
           WHERE client_id = account.client_id AND account_id = account.id GROUP BY date) AS day) AS stored
   WHERE ${ACCOUNTS}`,
);

export const accountOf = statement<
  { platform: string; external_id: string },
  [clientId: string, accountId: string]
>('goals.account', 'SELECT platform, external_id FROM ad_accounts WHERE client_id = $1 AND id = $2');

/** The account's days that have figures, newest first. */
export const storedDays = statement<{ date: Day; rows: number }, [clientId: string, accountId: string]>(
  'goals.storedDays',
  `SELECT date, count(*)::int AS rows FROM ad_insights WHERE client_id = $1 AND account_id = $2
   GROUP BY date ORDER BY date DESC`,
);

/** A row of ad_insights as it is stored. */
export interface StoredRow {
  date: Day;
  campaign: string;
  ad_set: string | null;
  /** Null = the remainder. */
  ad: string | null;
  currency: string;
  spend: DecimalText;
  impressions: DecimalText;
  clicks: DecimalText;
  link_clicks: DecimalText;
  reach: DecimalText | null;
  conversions: DecimalText;
  conversion_value: DecimalText;
  goals: Record<string, ActionCount & { action: string | null }>;
  actions: Record<string, ActionCount>;
}

/** The rows of a campaign-day stand together. */
export const storedRows = statement<StoredRow, ScopeInput>(
  'goals.storedRows',
  `SELECT date, campaign_external_id AS campaign, ad_set_external_id AS ad_set, ad_external_id AS ad, currency,
          spend::text, impressions::text, clicks::text, link_clicks::text, reach::text, conversions::text,
          conversion_value::text, goals, actions
   FROM ad_insights WHERE ${inScope('ad_insights')} ORDER BY date, campaign_external_id`,
);

export const knownCampaignRows = statement<{ date: Day; campaign_rows: CampaignRows }, ScopeInput>(
  'goals.knownCampaignRows',
  `SELECT date, campaign_rows FROM slices WHERE ${inScope('slices')} AND campaign_rows IS NOT NULL`,
);

/** Remainders come and go with the goals, and a slice says how many rows it has. */
export const countSliceRows = statement<
  never,
  [clientId: string, accountId: string, dates: Day[], rows: number[]]
>(
  'goals.countSliceRows',
  `UPDATE slices SET rows = counted.rows FROM unnest($3::date[], $4::int[]) AS counted (date, rows)
   WHERE slices.client_id = $1 AND slices.account_id = $2 AND slices.date = counted.date
     AND slices.fetched_at IS NOT NULL AND slices.rows <> counted.rows`,
);
