import { statement } from '../../db/sql.ts';
import type { Day } from '../../lib/days.ts';

/** One account's days, in the order every statement below takes them. */
export type ScopeInput = [clientId: string, accountId: string, from: Day, to: Day];

/** `row` of this client, account and window. */
export const inScope = (row: string) =>
  `${row}.client_id = $1 AND ${row}.account_id = $2 AND ${row}.date BETWEEN $3 AND $4`;

export interface SyncAccountRow {
  id: string;
  client_id: string;
  platform: string;
  external_id: string;
  timezone: string;
}

export const accountsToSync = statement<SyncAccountRow, [clientId: string | null, platform: string | null]>(
  'sync.accounts',
  `SELECT account.id, account.client_id, account.platform, account.external_id, account.timezone
   FROM ad_accounts AS account JOIN clients AS client ON client.id = account.client_id
   WHERE client.active AND ($1::uuid IS NULL OR client.id = $1) AND ($2::text IS NULL OR account.platform = $2)
   ORDER BY client.slug, account.platform, account.external_id`,
);

export const clientToSync = statement<{ active: boolean }, [clientId: string]>(
  'sync.client',
  'SELECT active FROM clients WHERE id = $1',
);

/** The days of a window this run has read already: a task that goes on after a kill leaves them alone. */
export const daysReadByRun = statement<{ date: Day }, [...ScopeInput, runId: string]>(
  'sync.daysReadByRun',
  `SELECT date FROM slices
   WHERE ${inScope('slices')} AND run_id = $5 AND (fetched_at IS NOT NULL OR status = 'SUSPECT')`,
);

export interface StoredDayRow {
  date: Day;
  status: string | null;
  run_id: string | null;
  fetched_at: Date | null;
  suspect_since: Date | null;
  has_rows: boolean;
  delivered: boolean;
}

/** Every day of the window and what is stored of it. Campaigns' days are there if and only if rows are. */
export const storedDays = statement<StoredDayRow, ScopeInput>(
  'sync.storedDays',
  `SELECT day::date AS date, status, run_id, fetched_at, suspect_since,
          delivery.delivered IS NOT NULL AS has_rows, coalesce(delivery.delivered, false) AS delivered
   FROM generate_series($3::date, $4::date, interval '1 day') AS day
   LEFT JOIN slices ON slices.client_id = $1 AND slices.account_id = $2 AND slices.date = day::date
   LEFT JOIN LATERAL (
     SELECT bool_or(spend > 0 OR impressions > 0) AS delivered FROM campaign_days
     WHERE client_id = $1 AND account_id = $2 AND campaign_days.date = day::date) AS delivery ON true
   ORDER BY day`,
);

/** Held until the transaction ends. Hash collisions only make two syncs wait that need not. */
export const lockFor = statement<Record<string, never>, [what: string]>(
  'sync.lock',
  'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
);

// Slices -------------------------------------------------------------------------------------------------------

/** Columns of a day, in the order markRead takes them. */
export type ReadColumns = [
  dates: Day[],
  statuses: string[],
  taken: boolean[],
  rows: number[],
  finals: boolean[],
  suspectSince: (Date | null)[],
  suspectReasons: (string | null)[],
  notes: (string | null)[],
  totalCurrencies: (string | null)[],
  totalSpends: (string | null)[],
  totalImpressions: (string | null)[],
  totalClicks: (string | null)[],
];

/** What a day that was read but not taken keeps from its last good read. */
const kept = (column: string) =>
  `${column} = CASE WHEN excluded.fetched_at IS NULL THEN slices.${column} ELSE excluded.${column} END`;

/** The days were read whole, also those without a row. What is not taken is not believed: earlier figures stay. */
export const markRead = statement<
  Record<string, never>,
  [clientId: string, accountId: string, runId: string, at: Date, ...columns: ReadColumns]
>(
  'sync.slices.read',
  `INSERT INTO slices (client_id, account_id, run_id, attempted_at, date, status, fetched_at, first_fetched_at, rows,
     final, final_at, suspect_since, suspect_reason, note, total_currency, total_spend, total_impressions, total_clicks)
   SELECT $1, $2, $3, $4::timestamptz, day.date, day.status, CASE WHEN day.taken THEN $4 END,
     CASE WHEN day.taken THEN $4 END, day.rows, day.final, CASE WHEN day.final THEN $4 END,
     day.suspect_since, day.suspect_reason, day.note, day.currency, day.spend, day.impressions, day.clicks
   FROM unnest($5::date[], $6::text[], $7::boolean[], $8::int[], $9::boolean[], $10::timestamptz[], $11::text[],
     $12::text[], $13::text[], $14::numeric[], $15::bigint[], $16::bigint[])
     AS day (date, status, taken, rows, final, suspect_since, suspect_reason, note, currency, spend, impressions, clicks)
   ON CONFLICT (client_id, account_id, date) DO UPDATE SET
     run_id = excluded.run_id, attempted_at = excluded.attempted_at, status = excluded.status,
     ${['fetched_at', 'rows', 'note'].map(kept).join(', ')}, final = excluded.final,
     first_fetched_at = coalesce(slices.first_fetched_at, excluded.first_fetched_at),
     final_at = coalesce(slices.final_at, excluded.final_at),
     suspect_since = excluded.suspect_since, suspect_reason = excluded.suspect_reason,
     total_currency = excluded.total_currency, total_spend = excluded.total_spend,
     total_impressions = excluded.total_impressions, total_clicks = excluded.total_clicks,
     failure_class = NULL, failure_reason = NULL`,
);

/** A day that was taken becomes SUSPECT by what came after it. */
export const markSuspect = statement<
  Record<string, never>,
  [clientId: string, accountId: string, date: Day, since: Date, reason: string]
>(
  'sync.slices.suspect',
  `UPDATE slices SET status = 'SUSPECT', suspect_since = $4, suspect_reason = $5, final = false
   WHERE client_id = $1 AND account_id = $2 AND date = $3`,
);

/** Of the days that this read took: what their rows do not tell of the campaigns (insights.ts). */
export const noteCampaignRows = statement<
  Record<string, never>,
  [clientId: string, accountId: string, readAt: Date, dates: Day[], campaignRows: string[]]
>(
  'sync.slices.campaignRows',
  `UPDATE slices SET campaign_rows = nullif(day.campaign_rows::jsonb, 'null')
   FROM unnest($4::date[], $5::text[]) AS day (date, campaign_rows)
   WHERE slices.client_id = $1 AND slices.account_id = $2 AND slices.date = day.date AND slices.fetched_at = $3
     AND slices.campaign_rows IS DISTINCT FROM nullif(day.campaign_rows::jsonb, 'null')`,
);

const neverRead = `slices.fetched_at IS NULL AND slices.status <> 'SUSPECT'`;

/** The days could not be read. What an earlier read stored or doubted stays as it is, and stays that run's. */
export const markFailed = statement<
  Record<string, never>,
  [
    clientId: string,
    accountId: string,
    days: readonly Day[],
    runId: string,
    at: Date,
    failureClass: string,
    reason: string,
  ]
>(
  'sync.slices.failed',
  `INSERT INTO slices (client_id, account_id, date, run_id, attempted_at, status, failure_class, failure_reason)
   SELECT $1, $2, day, $4, $5, 'FAILED', $6, $7 FROM unnest($3::date[]) AS day
   ON CONFLICT (client_id, account_id, date) DO UPDATE SET
     attempted_at = excluded.attempted_at, failure_class = excluded.failure_class,
     failure_reason = excluded.failure_reason,
     run_id = CASE WHEN ${neverRead} THEN excluded.run_id ELSE slices.run_id END,
     status = CASE WHEN ${neverRead} THEN 'FAILED' ELSE slices.status END`,
);

export const markSynced = statement<Record<string, never>, [clientId: string, accountId: string, at: Date]>(
  'sync.account.synced',
  'UPDATE ad_accounts SET last_synced_at = $3 WHERE client_id = $1 AND id = $2',
);

// Structure ----------------------------------------------------------------------------------------------------

/** A stub is what an insight names and the structure does not list; nothing is known of it but its name. */
export const STUB_STATUS = 'UNKNOWN';

type StructureInput = [clientId: string, accountId: string, ...columns: (string | null)[][]];

/** Stores what is new or differs; rows that agree are not even locked. */
function upsert(table: string, columns: readonly string[]) {
  const own = columns.map((name) => `wanted.${name}`).join(', ');
  const stored = columns.map((name) => `stored.${name}`).join(', ');
  return statement<Record<string, never>, StructureInput>(
    `sync.structure.${table}`,
    `${selectWanted(table, columns)} WHERE stored.id IS NULL OR (${stored}) IS DISTINCT FROM (${own})
     ON CONFLICT (client_id, account_id, external_id) DO UPDATE SET updated_at = now(),
       ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}`,
  );
}

/** Stores what is not there yet. */
function insertMissing(table: string, columns: readonly string[]) {
  return statement<Record<string, never>, StructureInput>(
    `sync.stubs.${table}`,
    `${selectWanted(table, columns)} WHERE stored.id IS NULL
     ON CONFLICT (client_id, account_id, external_id) DO NOTHING`,
  );
}

function selectWanted(table: string, columns: readonly string[]): string {
  const names = ['external_id', ...columns];
  return `INSERT INTO ${table} (client_id, account_id, ${names.join(', ')})
     SELECT $1::uuid, $2::uuid, wanted.*
     FROM unnest(${names.map((_, at) => `$${String(at + 3)}::text[]`).join(', ')}) AS wanted (${names.join(', ')})
     LEFT JOIN ${table} AS stored
       ON stored.client_id = $1 AND stored.account_id = $2 AND stored.external_id = wanted.external_id`;
}

export const saveCampaigns = upsert('ad_campaigns', ['name', 'status', 'objective']);
export const saveAdSets = upsert('ad_sets', ['name', 'status', 'campaign_external_id']);
export const saveAds = upsert('ads', ['name', 'status', 'ad_set_external_id', 'campaign_external_id']);
export const addCampaigns = insertMissing('ad_campaigns', ['name', 'status', 'objective']);
export const addAdSets = insertMissing('ad_sets', ['name', 'status', 'campaign_external_id']);
export const addAds = insertMissing('ads', ['name', 'status', 'ad_set_external_id', 'campaign_external_id']);

/** Everything that is stored of an account, by the platform's ids. */
function idsIn(table: string) {
  return statement<{ external_id: string }, [clientId: string, accountId: string]>(
    `sync.ids.${table}`,
    `SELECT external_id FROM ${table} WHERE client_id = $1 AND account_id = $2`,
  );
}

export const campaignIds = idsIn('ad_campaigns');
export const adSetIds = idsIn('ad_sets');
export const adIds = idsIn('ads');
