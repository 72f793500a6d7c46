import { statement } from '../../db/sql.ts';
import type { Day } from '../../lib/days.ts';

/** One window of one account, in the order every statement below takes them. */
export type WindowInput = [clientId: string, accountId: string, from: Day, to: Day];

const OF_WINDOW = 'client_id = $1 AND account_id = $2 AND date_from = $3 AND date_to = $4';

/** The windows a run has read already. */
export const windowsReadByRun = statement<
  { from: Day; to: Day },
  [clientId: string, accountId: string, runId: string]
>(
  'reach.windowsReadByRun',
  `SELECT DISTINCT date_from::text AS from, date_to::text AS to FROM ad_reach
   WHERE client_id = $1 AND account_id = $2 AND run_id = $3`,
);

export const deleteWindow = statement<{ rolling: boolean }, WindowInput>(
  'reach.deleteWindow',
  `DELETE FROM ad_reach WHERE ${OF_WINDOW} RETURNING rolling`,
);

/** `rows`: a JSON array of objects named as the columns. */
export const insertWindow = statement<
  Record<string, never>,
  [...WindowInput, runId: string, at: Date, rolling: boolean, rows: string]
>(
  'reach.insertWindow',
  `INSERT INTO ad_reach (client_id, account_id, date_from, date_to, run_id, fetched_at, rolling,
     campaign_external_id, reach, impressions, frequency)
   SELECT $1, $2, $3, $4, $5, $6, $7, row.* FROM json_to_recordset($8::json) AS row (
     campaign_external_id text, reach bigint, impressions bigint, frequency numeric)`,
);

/** Rolling windows that end before this day: newer ones have taken their place. */
export const deleteSuperseded = statement<
  Record<string, never>,
  [clientId: string, accountId: string, newestEnd: Day]
>(
  'reach.deleteSuperseded',
  'DELETE FROM ad_reach WHERE client_id = $1 AND account_id = $2 AND rolling AND date_to < $3',
);

// Reads --------------------------------------------------------------------------------------------------------

export interface ReachOfWindow {
  account_id: string;
  /** Null = the account as a whole. */
  campaign_external_id: string | null;
  /** Our own id of it; null for the account, and for a campaign that no structure lists. */
  campaign_id: string | null;
  from: Day;
  to: Day;
  reach: string;
  impressions: string;
  frequency: string | null;
  fetched_at: Date;
}

const READ = `SELECT stored.account_id, stored.campaign_external_id, campaign.id AS campaign_id,
     stored.date_from::text AS from, stored.date_to::text AS to, stored.reach::text, stored.impressions::text,
     stored.frequency::text, stored.fetched_at
   FROM ad_reach AS stored
   LEFT JOIN ad_campaigns AS campaign ON campaign.client_id = stored.client_id
     AND campaign.account_id = stored.account_id AND campaign.external_id = stored.campaign_external_id
   WHERE stored.client_id = $1 AND stored.date_from = $2 AND stored.date_to = $3
     AND stored.account_id = ANY($4::uuid[])`;

/** What is known of exactly these days: the accounts first, then their campaigns by reach. */
export const reachOfWindow = statement<
  ReachOfWindow,
  [clientId: string, from: Day, to: Day, accountIds: readonly string[], first: number]
>(
  'reach.ofWindow',
  `${READ} ORDER BY stored.campaign_external_id IS NOT NULL, stored.reach DESC, stored.account_id,
     stored.campaign_external_id LIMIT $5`,
);

export const reachOfCampaigns = statement<
  ReachOfWindow,
  [
    clientId: string,
    from: Day,
    to: Day,
    accountIds: readonly string[],
    campaignExternalIds: readonly string[],
  ]
>('reach.ofCampaigns', `${READ} AND stored.campaign_external_id = ANY($5::text[])`);

export interface WindowRow {
  account_id: string;
  from: Day;
  to: Day;
  rolling: boolean;
  fetched_at: Date;
}

/** The windows that can be read, newest end first. */
export const windowsOfAccounts = statement<
  WindowRow,
  [clientId: string, accountIds: readonly string[], first: number]
>(
  'reach.windows',
  `SELECT account_id, date_from::text AS from, date_to::text AS to, bool_and(rolling) AS rolling,
          max(fetched_at) AS fetched_at
   FROM ad_reach WHERE client_id = $1 AND account_id = ANY($2::uuid[])
   GROUP BY account_id, date_from, date_to ORDER BY date_to DESC, date_from DESC, account_id LIMIT $3`,
);
