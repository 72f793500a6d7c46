import type { BreakdownKind } from '../../connectors/ads/breakdowns.ts';
import { statement } from '../../db/sql.ts';
import type { Day } from '../../lib/days.ts';

/** One kind of one account's days, in the order every statement below takes them. */
export type ScopeInput = [clientId: string, accountId: string, kind: BreakdownKind, dates: readonly Day[]];

const inScope = (row: string) => `${row}.client_id = $1 AND ${row}.account_id = $2 AND ${row}.kind = $3
     AND ${row}.date = ANY($4::date[])`;

const MEASURES = ['currency', 'spend', 'impressions', 'clicks', 'link_clicks', 'actions'];
const COLUMNS = `date, campaign_external_id, ad_external_id, segments, ${MEASURES.join(', ')}`;

const measuresOf = (row: string) => MEASURES.map((name) => `${row}.${name}`).join(', ');

/** Both rows are the same part. `''` stands for no ad, because a hash join wants plain equality. */
const SAME_KEY = `stored.date = incoming.date
       AND stored.campaign_external_id = incoming.campaign_external_id
       AND coalesce(stored.ad_external_id, '') = coalesce(incoming.ad_external_id, '')
       AND stored.segments = incoming.segments`;

/** Held until the transaction ends. Hash collisions only make two refreshes wait that need not. */
export const lockAccount = statement<Record<string, never>, [accountId: string]>(
  'breakdowns.lock',
  `SELECT pg_advisory_xact_lock(hashtextextended('breakdowns.account:' || $1, 0))`,
);

/** The table has no statistics, so the planner would loop over whole windows; compiling would take longer still. */
export const planForWindows = statement(
  'breakdowns.planner',
  `SELECT set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true)`,
);

export const createIncoming = statement(
  'breakdowns.incoming.create',
  `CREATE TEMP TABLE IF NOT EXISTS incoming_breakdowns (
     date date NOT NULL, campaign_external_id text NOT NULL, ad_external_id text, segments jsonb NOT NULL,
     currency text NOT NULL, spend numeric NOT NULL, impressions bigint NOT NULL, clicks bigint NOT NULL,
     link_clicks bigint NOT NULL, actions jsonb NOT NULL) ON COMMIT DELETE ROWS`,
);

/** One transaction may replace several windows. */
export const emptyIncoming = statement('breakdowns.incoming.empty', 'TRUNCATE pg_temp.incoming_breakdowns');

/** A JSON array of rows, named as the columns. */
export const loadIncoming = statement<Record<string, never>, [rows: string]>(
  'breakdowns.incoming.load',
  `INSERT INTO pg_temp.incoming_breakdowns (${COLUMNS})
   SELECT ${COLUMNS} FROM json_to_recordset($1::json) AS incoming (
     date date, campaign_external_id text, ad_external_id text, segments jsonb, currency text, spend numeric,
     impressions bigint, clicks bigint, link_clicks bigint, actions jsonb)`,
);

export const deleteGone = statement<Record<string, never>, ScopeInput>(
  'breakdowns.deleteGone',
  `DELETE FROM ad_breakdowns AS stored WHERE ${inScope('stored')}
     AND NOT EXISTS (SELECT FROM pg_temp.incoming_breakdowns AS incoming WHERE ${SAME_KEY})`,
);

/** New rows come, changed ones change; those that agree are not even locked. */
export const saveChanged = statement<Record<string, never>, [...ScopeInput, runId: string]>(
  'breakdowns.saveChanged',
  `INSERT INTO ad_breakdowns (client_id, account_id, kind, ${COLUMNS}, run_id)
   SELECT $1, $2, $3, incoming.*, $5
   FROM pg_temp.incoming_breakdowns AS incoming
   LEFT JOIN (SELECT * FROM ad_breakdowns AS stored WHERE ${inScope('stored')}) AS stored ON ${SAME_KEY}
   WHERE stored.date IS NULL OR (${measuresOf('stored')}) IS DISTINCT FROM (${measuresOf('incoming')})
   ON CONFLICT (client_id, account_id, kind, date, campaign_external_id, ad_external_id, segments) DO UPDATE SET
     ${MEASURES.map((name) => `${name} = excluded.${name}`).join(', ')}, run_id = excluded.run_id`,
);

// Slices -------------------------------------------------------------------------------------------------------

/** The days a run has read already: a task that goes on after a kill leaves them alone. */
export const daysReadByRun = statement<
  { kind: string; date: Day },
  [clientId: string, accountId: string, runId: string]
>(
  'breakdowns.daysReadByRun',
  `SELECT kind, date::text AS date FROM breakdown_slices
   WHERE client_id = $1 AND account_id = $2 AND run_id = $3 AND fetched_at IS NOT NULL`,
);

/** Days that were read while they could still change, and no longer can: newest first. */
export const unsettledDays = statement<
  { date: Day },
  [clientId: string, accountId: string, kind: BreakdownKind, from: Day, to: Day, most: number]
>(
  'breakdowns.unsettledDays',
  `SELECT date::text AS date FROM breakdown_slices
   WHERE client_id = $1 AND account_id = $2 AND kind = $3 AND date BETWEEN $4 AND $5
     AND fetched_at IS NOT NULL AND NOT final
   ORDER BY breakdown_slices.date DESC LIMIT $6`,
);

/** The days were read whole, also those without a row. */
export const markRead = statement<
  Record<string, never>,
  [
    clientId: string,
    accountId: string,
    kind: BreakdownKind,
    runId: string,
    at: Date,
    dates: Day[],
    rows: number[],
    finals: boolean[],
  ]
>(
  'breakdowns.slices.read',
  `INSERT INTO breakdown_slices (client_id, account_id, kind, run_id, fetched_at, date, rows, final)
   SELECT $1, $2, $3, $4, $5, day.* FROM unnest($6::date[], $7::int[], $8::boolean[]) AS day
   ON CONFLICT (client_id, account_id, kind, date) DO UPDATE SET
     run_id = excluded.run_id, fetched_at = excluded.fetched_at, rows = excluded.rows, final = excluded.final,
     failure_class = NULL, failure_reason = NULL`,
);

/** The days could not be read. What an earlier read stored stays good, and stays that run's. */
export const markFailed = statement<
  Record<string, never>,
  [
    clientId: string,
    accountId: string,
    kind: BreakdownKind,
    runId: string,
    dates: readonly Day[],
    failureClass: string,
    reason: string,
  ]
>(
  'breakdowns.slices.failed',
  `INSERT INTO breakdown_slices (client_id, account_id, kind, run_id, date, failure_class, failure_reason)
   SELECT $1, $2, $3, $4, day, $6, $7 FROM unnest($5::date[]) AS day
   ON CONFLICT (client_id, account_id, kind, date) DO UPDATE SET
     failure_class = excluded.failure_class, failure_reason = excluded.failure_reason,
     run_id = CASE WHEN breakdown_slices.fetched_at IS NULL THEN excluded.run_id ELSE breakdown_slices.run_id END`,
);
