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

export const goalsOf = statement<
  { name: string; action_types: string[] },
  [clientId: string, platform: string]
>(
  'sync.goals',
  'SELECT name, action_types FROM goals WHERE client_id = $1 AND platform = $2 ORDER BY position, name',
);

/** The days of a window this run has read already: a task that goes on after a kill leaves them alone. */
export const daysReadByRun = statement<{ date: Day }, [...ScopeInput, runId: string]>(
  'sync.daysReadByRun',
  `SELECT date FROM slices WHERE ${inScope('slices')} AND run_id = $5 AND fetched_at IS NOT NULL`,
);

/** Held until the transaction ends. Hash collisions only make two syncs wait that need not. */
export const lockFor = statement<Record<string, never>, [what: string]>(
  'sync.lock',
  'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
);

// Slices -------------------------------------------------------------------------------------------------------

/** The days were read whole, also those without a row. */
export const markRead = statement<
  Record<string, never>,
  [
    clientId: string,
    accountId: string,
    runId: string,
    at: Date,
    dates: Day[],
    rows: number[],
    finals: boolean[],
  ]
>(
  'sync.slices.read',
  `INSERT INTO slices (client_id, account_id, run_id, attempted_at, fetched_at, first_fetched_at, status,
     date, rows, final)
   SELECT $1, $2, $3, $4, $4, $4, 'OK', day.* FROM unnest($5::date[], $6::int[], $7::boolean[]) AS day
   ON CONFLICT (client_id, account_id, date) DO UPDATE SET
     run_id = excluded.run_id, attempted_at = excluded.attempted_at, fetched_at = excluded.fetched_at,
     first_fetched_at = coalesce(slices.first_fetched_at, excluded.first_fetched_at), status = 'OK',
     rows = excluded.rows, final = excluded.final, failure_class = NULL, failure_reason = NULL`,
);

/** The days could not be read. What an earlier read stored stays good, and stays that run's. */
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
     run_id = CASE WHEN slices.fetched_at IS NULL THEN excluded.run_id ELSE slices.run_id END,
     status = CASE WHEN slices.fetched_at IS NULL THEN 'FAILED' ELSE slices.status END`,
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
