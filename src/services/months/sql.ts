import { statement } from '../../db/sql.ts';
import type { PairInput } from './facts/sql.ts';

// The books ----------------------------------------------------------------------------------------------------

export interface StoredMonthRow {
  id: string;
  state: string;
  quality: string;
  reason: string | null;
  content: string | null;
  content_hash: Buffer | null;
  captured_at: Date | null;
  final_at: Date | null;
  run_id: string | null;
}

export type MonthKeyInput = [clientId: string, platform: string, month: string];

export const storedMonth = statement<StoredMonthRow, MonthKeyInput>(
  'months.stored',
  `SELECT id, state, quality, reason, content, content_hash, captured_at, final_at, run_id FROM months
   WHERE client_id = $1 AND platform = $2 AND month = $3`,
);

/** Writes a capture; a FINAL month takes none, and no row comes back. */
export const writeMonth = statement<
  { id: string },
  [
    ...MonthKeyInput,
    state: string,
    quality: string,
    reason: string | null,
    content: string | null,
    hash: Buffer | null,
    at: Date,
    runId: string | null,
  ]
>(
  'months.write',
  `INSERT INTO months (client_id, platform, month, state, quality, reason, content, content_hash, captured_at,
                       final_at, run_id)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $4 = 'FINAL' THEN $9::timestamptz END, $10)
   ON CONFLICT (client_id, platform, month) DO UPDATE SET state = excluded.state, quality = excluded.quality,
     reason = excluded.reason, content = excluded.content, content_hash = excluded.content_hash,
     captured_at = excluded.captured_at, final_at = excluded.final_at, run_id = excluded.run_id, updated_at = $9
   WHERE months.state <> 'FINAL' RETURNING id`,
);

/** The same content was captured again. */
export const touchMonth = statement<never, [clientId: string, monthId: string, at: Date]>(
  'months.touch',
  'UPDATE months SET captured_at = $3 WHERE client_id = $1 AND id = $2',
);

export const dropCampaigns = statement<never, [clientId: string, monthId: string]>(
  'months.dropCampaigns',
  'DELETE FROM month_campaigns WHERE client_id = $1 AND month_id = $2',
);

/** `rows`: a JSON array in the writing of the content. */
export const insertCampaigns = statement<never, [clientId: string, monthId: string, rows: string]>(
  'months.insertCampaigns',
  `INSERT INTO month_campaigns (client_id, month_id, account_external_id, campaign_external_id, currency, name, status,
     objective, spend, impressions, clicks, link_clicks, conversions, conversion_value, goals, reach)
   SELECT $1, $2, account, campaign, currency, name, status, objective, spend, impressions, clicks, "linkClicks",
          conversions, "conversionValue", goals, reach
   FROM jsonb_to_recordset($3::jsonb) AS row (account text, campaign text, currency text, name text, status text,
     objective text, spend numeric, impressions bigint, clicks bigint, "linkClicks" bigint, conversions numeric,
     "conversionValue" numeric, goals jsonb, reach bigint)`,
);

export const insertRevision = statement<
  never,
  [clientId: string, monthId: string, at: Date, reason: string | null, runId: string | null, by: string]
>(
  'months.insertRevision',
  `INSERT INTO month_revisions (client_id, month_id, revision, at, state, quality, content, content_hash, reason,
                                run_id, by)
   SELECT $1, $2, 1 + coalesce((SELECT max(revision) FROM month_revisions WHERE client_id = $1 AND month_id = $2), 0),
          $3, state, quality, content, content_hash, $4, $5, $6
   FROM months WHERE client_id = $1 AND id = $2`,
);

/** Whether any other run had captured something of the month before. */
export const capturedBefore = statement<
  { id: string },
  [clientId: string, monthId: string, runId: string | null]
>(
  'months.capturedBefore',
  `SELECT month_id AS id FROM month_revisions
   WHERE client_id = $1 AND month_id = $2 AND content IS NOT NULL AND run_id IS DISTINCT FROM $3 LIMIT 1`,
);

// Drift of FINAL months ----------------------------------------------------------------------------------------

export interface NotedRow {
  account: string;
  campaign: string;
  currency: string;
  metric: string;
  new: string | null;
}

/** What was noted since the month is FINAL, oldest first. */
export const notedSince = statement<NotedRow, [clientId: string, monthId: string, since: Date]>(
  'months.notedSince',
  `SELECT account_external_id AS account, campaign_external_id AS campaign, currency, metric, new::text
   FROM month_adjustments WHERE client_id = $1 AND month_id = $2 AND at >= $3 AND campaign_external_id IS NOT NULL
   ORDER BY id`,
);

/** Campaigns that lost the row of an ad since a moment. */
export const lostAds = statement<{ account: string; campaign: string }, [...PairInput, since: Date]>(
  'months.lostAds',
  `SELECT DISTINCT account.external_id AS account, revision.campaign_external_id AS campaign
   FROM insight_revisions AS revision
   JOIN ad_accounts AS account ON account.client_id = $1 AND account.id = revision.account_id AND account.platform = $2
   WHERE revision.client_id = $1 AND revision.date BETWEEN $3 AND $4 AND revision.at >= $5
     AND revision.ad_external_id IS NOT NULL AND revision.new IS NULL AND revision.metric = 'spend'`,
);

/** `rows`: a JSON array of adjustments. */
export const insertAdjustments = statement<
  never,
  [clientId: string, monthId: string, at: Date, runId: string | null, rows: string]
>(
  'months.insertAdjustments',
  `INSERT INTO month_adjustments (client_id, month_id, at, run_id, cause, account_external_id, campaign_external_id,
                                  metric, currency, old, new)
   SELECT $1, $2, $3, $4, cause, account, campaign, metric, currency, old, new
   FROM jsonb_to_recordset($5::jsonb) AS row (cause text, account text, campaign text, metric text, currency text,
     old numeric, new numeric)`,
);

// Whose months ----

export interface MonthPairRow {
  client_id: string;
  platform: string;
  /** Of its accounts. */
  timezones: string[];
  /** The first of its accounts. */
  account_id: string;
}

/** Every active client with the platforms it has accounts on. */
export const monthPairs = statement<MonthPairRow, [clientId: string | null, platform: string | null]>(
  'months.pairs',
  `SELECT account.client_id, account.platform, array_agg(DISTINCT account.timezone) AS timezones,
          min(account.id::text) AS account_id
   FROM ad_accounts AS account JOIN clients AS client ON client.id = account.client_id
   WHERE client.active AND ($1::uuid IS NULL OR client.id = $1) AND ($2::text IS NULL OR account.platform = $2)
   GROUP BY account.client_id, account.platform, client.slug ORDER BY client.slug, account.platform`,
);

export interface OpenMonthRow {
  client_id: string;
  platform: string;
  month: string;
  state: string;
  quality: string;
}

/** Months that a settle may have to look at: those that are not FINAL, and the FINAL ones since a month. */
export const monthsToSettle = statement<OpenMonthRow, [clientId: string | null, since: string]>(
  'months.toSettle',
  `SELECT client_id, platform, month, state, quality FROM months
   WHERE ($1::uuid IS NULL OR client_id = $1) AND (state IN ('PROVISIONAL', 'REOPENED') OR month >= $2)
   ORDER BY month DESC`,
);

export const scheduleZone = statement<{ timezone: string }, [scheduleId: string]>(
  'months.scheduleZone',
  'SELECT timezone FROM schedules WHERE id = $1',
);

export const activeClient = statement<{ active: boolean; name: string }, [clientId: string]>(
  'months.activeClient',
  'SELECT active, name FROM clients WHERE id = $1',
);

// Reopening ----------------------------------------------------------------------------------------------------

export const reopenFinal = statement<
  { client_id: string; platform: string; month: string },
  [monthId: string, at: Date, reason: string]
>(
  'months.reopen',
  `UPDATE months SET state = 'REOPENED', reopened_at = $2, reopen_reason = $3, updated_at = $2
   WHERE id = $1 AND state = 'FINAL' RETURNING client_id, platform, month`,
);

export const markLater = statement<never, [...MonthKeyInput, at: Date]>(
  'months.markLater',
  `UPDATE months SET earlier_reopened_at = $4, updated_at = $4
   WHERE client_id = $1 AND platform = $2 AND month > $3 AND state = 'FINAL'`,
);

// Reads --------------------------------------------------------------------------------------------------------

export interface AdjustmentRow {
  id: string;
  month_id: string;
  at: Date;
  cause: string;
  account: string;
  campaign: string | null;
  metric: string;
  currency: string | null;
  old: string | null;
  new: string | null;
  note: string | null;
  run_id: string | null;
}

export const adjustmentsOf = statement<
  AdjustmentRow,
  [clientIds: readonly string[], monthIds: readonly string[], most: number]
>(
  'months.adjustments',
  `SELECT * FROM (
     SELECT id::text, month_id, at, cause, account_external_id AS account, campaign_external_id AS campaign, metric,
            currency, old::text, new::text, note, run_id, row_number() OVER (PARTITION BY month_id ORDER BY id DESC) AS place
     FROM month_adjustments WHERE client_id = ANY($1::uuid[]) AND month_id = ANY($2::uuid[])) AS adjustment
   WHERE place <= $3 ORDER BY month_id, place`,
);
