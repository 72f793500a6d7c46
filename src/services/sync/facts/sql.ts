import { statement } from '../../../db/sql.ts';
import type { Day } from '../../../lib/days.ts';
import type { ScopeInput } from '../sql.ts';
import { inScope } from '../sql.ts';

/** The columns of a fact that come from the platform, in the order of TYPES. */
const KEYS = 'date, campaign_external_id, ad_external_id';
const MEASURES = `ad_set_external_id, currency, spend, impressions, clicks, link_clicks, reach, conversions,
  conversion_value, goals, actions`;

/** A text a column, a line a fact: far cheaper to make and to send than arrays. No value has a control character. */
export type FactColumns = [...ids: Four, ...metrics: Four, ...counters: Four, goals: string, actions: string];
type Four = [string, string, string, string];

/** What a null is written as in a column. */
export const NULL_LINE = '\u0001';

const TYPES = [
  'date',
  'text',
  'text',
  'text',
  'text',
  'numeric',
  'bigint',
  'bigint',
  'bigint',
  'bigint',
  'numeric',
  'numeric',
  'jsonb',
  'jsonb',
];

/** The facts of FactColumns as rows. Cast after the split: arrays of jsonb take three times as long. */
const FACT_ROWS = `(SELECT ${TYPES.map((type, at) => `column_${String(at)}::${type}`).join(', ')}
   FROM unnest(${TYPES.map((_, at) => `string_to_array($${String(at + 1)}, E'\\n', E'\\x01')`).join(', ')})
     AS line (${TYPES.map((_, at) => `column_${String(at)}`).join(', ')}))`;

/** Both rows are the same ad-day. `''` stands for the remainder, because a hash join wants plain equality. */
const sameKey = (a: string, b: string) => `${a}.date = ${b}.date
  AND ${a}.campaign_external_id = ${b}.campaign_external_id
  AND coalesce(${a}.ad_external_id, '') = coalesce(${b}.ad_external_id, '')`;

const columnsOf = (row: string, columns: string) =>
  columns.replaceAll(/\b[a-z_]+\b/g, (name) => `${row}.${name}`);

const differ = (a: string, b: string) =>
  `(${columnsOf(a, MEASURES)}) IS DISTINCT FROM (${columnsOf(b, MEASURES)})`;

/** Whether anything of the window was ever stored: if not, nothing can have changed. */
export const windowIsNew = statement<{ is_new: boolean }, ScopeInput>(
  'sync.windowIsNew',
  `SELECT NOT EXISTS (SELECT FROM slices WHERE ${inScope('slices')} AND fetched_at IS NOT NULL)
      AND NOT EXISTS (SELECT FROM ad_insights WHERE ${inScope('ad_insights')}) AS is_new`,
);

/** Compiling takes longer than these statements do; only the guessed size of jsonb_each makes it look worth it. */
export const avoidCompiling = statement('sync.planner.avoidCompiling', 'SET LOCAL jit = off');

/**
 * The joins below are of whole windows with tables that have no statistics, where the planner expects one row and
 * would loop over both sides: minutes instead of milliseconds.
 */
export const avoidLoops = statement('sync.planner.avoidLoops', 'SET LOCAL enable_nestloop = off');
export const allowLoops = statement('sync.planner.allowLoops', 'SET LOCAL enable_nestloop = on');

export const createIncoming = statement(
  'sync.incoming.create',
  `CREATE TEMP TABLE IF NOT EXISTS incoming_insights (
     date date NOT NULL, campaign_external_id text NOT NULL, ad_external_id text, ad_set_external_id text,
     currency text NOT NULL, spend numeric NOT NULL, impressions bigint NOT NULL, clicks bigint NOT NULL,
     link_clicks bigint NOT NULL, reach bigint, conversions numeric NOT NULL, conversion_value numeric NOT NULL,
     goals jsonb NOT NULL, actions jsonb NOT NULL) ON COMMIT DELETE ROWS`,
);

export const createChanges = statement(
  'sync.changes.create',
  `CREATE TEMP TABLE IF NOT EXISTS insight_changes (
     kind text NOT NULL, date date NOT NULL, campaign_external_id text NOT NULL, ad_external_id text
   ) ON COMMIT DELETE ROWS`,
);

/** Empties both tables: one transaction may replace several windows. */
export const emptyIncoming = statement(
  'sync.incoming.empty',
  'TRUNCATE pg_temp.incoming_insights, pg_temp.insight_changes',
);

export const loadIncoming = statement<Record<string, never>, FactColumns>(
  'sync.incoming.load',
  `INSERT INTO pg_temp.incoming_insights (${KEYS}, ${MEASURES}) SELECT * FROM ${FACT_ROWS} AS incoming`,
);

export const insertFacts = statement<
  Record<string, never>,
  [...FactColumns, clientId: string, accountId: string, runId: string]
>(
  'sync.insights.insert',
  `INSERT INTO ad_insights (${KEYS}, ${MEASURES}, client_id, account_id, run_id)
   SELECT incoming.*, $15::uuid, $16::uuid, $17::uuid FROM ${FACT_ROWS} AS incoming`,
);

/** Notes the keys of the rows that are new, changed or gone. Unchanged rows are compared here and never touched. */
export const noteChanges = statement<Record<string, never>, ScopeInput>(
  'sync.changes.note',
  `INSERT INTO pg_temp.insight_changes (kind, ${KEYS})
   SELECT CASE WHEN stored.date IS NULL THEN 'NEW' WHEN incoming.date IS NULL THEN 'GONE' ELSE 'CHANGED' END,
          coalesce(incoming.date, stored.date), coalesce(incoming.campaign_external_id, stored.campaign_external_id),
          CASE WHEN incoming.date IS NULL THEN stored.ad_external_id ELSE incoming.ad_external_id END
   FROM (SELECT * FROM ad_insights WHERE ${inScope('ad_insights')}) AS stored
   FULL JOIN pg_temp.incoming_insights AS incoming ON ${sameKey('stored', 'incoming')}
   WHERE stored.date IS NULL OR incoming.date IS NULL OR ${differ('stored', 'incoming')}`,
);

/** Everything of an account's day that a revision is kept of; a goal or an action has two figures more. */
const REVISED = 'spend, impressions, clicks, link_clicks, reach, conversions, conversion_value';

/** The types of one json column that changed, a line a figure: `<count><name>` and `<value><name>`. */
const revisedIn = (column: string, count: string, value: string) =>
  `SELECT figure.prefix || type.name, figure.old, figure.new
   FROM (SELECT jsonb_object_keys(old_${column}) UNION SELECT jsonb_object_keys(new_${column})) AS type (name)
   CROSS JOIN LATERAL (VALUES
     ('${count}', (old_${column} -> type.name ->> 'count')::numeric, (new_${column} -> type.name ->> 'count')::numeric),
     ('${value}', (old_${column} -> type.name ->> 'value')::numeric, (new_${column} -> type.name ->> 'value')::numeric)
   ) AS figure (prefix, old, new)
   WHERE coalesce(figure.old, 0) <> coalesce(figure.new, 0)`;

/**
 * Keeps what the changes replace, one row a metric, for days that had been read before: a first read restates
 * nothing. Null old = the row was not there, null new = it is gone. Every row is of one currency: where the platform
 * changed it, the row of the old one is gone and that of the new one new.
 * A revision is of the moment the platform was asked, yet never earlier than what it replaces: two reads may end in
 * another order than they began, and “as of” goes back through the changes in the order they were made.
 */
export const keepRevisions = statement<Record<string, never>, [...ScopeInput, runId: string, at: Date]>(
  'sync.revisions.keep',
  `WITH known AS MATERIALIZED (
     SELECT date, greatest($6::timestamptz, fetched_at, (
       SELECT max(at) FROM insight_revisions AS earlier
       WHERE earlier.client_id = $1 AND earlier.account_id = $2 AND earlier.date = slices.date)) AS at
     FROM slices WHERE ${inScope('slices')} AND fetched_at IS NOT NULL),
   pair AS (
     SELECT change.*, known.at, stored.currency AS old_currency, incoming.currency AS new_currency,
            ${columnsAs('stored', 'old', `${REVISED}, goals, actions`)},
            ${columnsAs('incoming', 'new', `${REVISED}, goals, actions`)}
     FROM pg_temp.insight_changes AS change
     JOIN known ON known.date = change.date
     LEFT JOIN ad_insights AS stored ON ${inScope('stored')} AND ${sameKey('stored', 'change')}
     LEFT JOIN pg_temp.incoming_insights AS incoming ON ${sameKey('incoming', 'change')}),
   side AS (
     SELECT ${KEYS}, at, own.currency, ${sidesOf('old')}, ${sidesOf('new')}
     FROM pair CROSS JOIN LATERAL (
       SELECT coalesce(old_currency, new_currency) UNION SELECT coalesce(new_currency, old_currency)
     ) AS own (currency))
   INSERT INTO insight_revisions (client_id, account_id, ${KEYS}, currency, metric, old, new, run_id, at)
   SELECT $1, $2, ${KEYS}, currency, metric.name, metric.old, metric.new, $5, at
   FROM side CROSS JOIN LATERAL (
     SELECT * FROM (VALUES
       ${REVISED.split(', ')
         .map((name) => `('${name}', old_${name}::numeric, new_${name}::numeric)`)
         .join(', ')}) AS plain (name, old, new)
     WHERE plain.old IS DISTINCT FROM plain.new
     UNION ALL ${revisedIn('goals', 'goal:', 'goal_value:')}
     UNION ALL ${revisedIn('actions', 'action:', 'value:')}
   ) AS metric (name, old, new)`,
);

export const deleteGone = statement<Record<string, never>, ScopeInput>(
  'sync.insights.deleteGone',
  `DELETE FROM ad_insights AS stored USING pg_temp.insight_changes AS change
   WHERE ${inScope('stored')} AND change.kind = 'GONE' AND ${sameKey('stored', 'change')}`,
);

export const updateChanged = statement<Record<string, never>, [...ScopeInput, runId: string]>(
  'sync.insights.updateChanged',
  `UPDATE ad_insights AS stored SET (${MEASURES}, run_id) = ROW (${columnsOf('incoming', MEASURES)}, $5::uuid)
   FROM pg_temp.insight_changes AS change
   JOIN pg_temp.incoming_insights AS incoming ON ${sameKey('incoming', 'change')}
   WHERE ${inScope('stored')} AND change.kind = 'CHANGED' AND ${sameKey('stored', 'change')}`,
);

export const insertNew = statement<
  Record<string, never>,
  [clientId: string, accountId: string, runId: string]
>(
  'sync.insights.insertNew',
  `INSERT INTO ad_insights (${KEYS}, ${MEASURES}, client_id, account_id, run_id)
   SELECT ${columnsOf('incoming', `${KEYS}, ${MEASURES}`)}, $1::uuid, $2::uuid, $3::uuid
   FROM pg_temp.incoming_insights AS incoming
   JOIN pg_temp.insight_changes AS change ON ${sameKey('incoming', 'change')}
   WHERE change.kind = 'NEW'`,
);

export const changedDays = statement<{ date: Day }>(
  'sync.changes.days',
  'SELECT DISTINCT date FROM pg_temp.insight_changes',
);

function columnsAs(row: string, prefix: string, columns: string): string {
  return columns
    .split(', ')
    .map((column) => `${row}.${column} AS ${prefix}_${column}`)
    .join(', ');
}

/** The figures of one side of a pair, there only where it is in the currency of the row. */
function sidesOf(side: 'old' | 'new'): string {
  return `${REVISED}, goals, actions`
    .split(', ')
    .map(
      (column) => `CASE WHEN ${side}_currency = own.currency THEN ${side}_${column} END AS ${side}_${column}`,
    )
    .join(', ');
}
