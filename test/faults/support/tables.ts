import { query } from '../../support/query.ts';

/** What names a client's rows or the moment of their writing: different in every run, and no part of the figures. */
const OWN = [
  'id',
  'client_id',
  'account_id',
  'run_id',
  'attempted_at',
  'fetched_at',
  'first_fetched_at',
  'final_at',
  'suspect_since',
  'created_at',
  'updated_at',
];

const TABLES = ['ad_insights', 'campaign_days', 'slices', 'ad_campaigns', 'ad_sets', 'ads'];

/** Every fact, rollup, slice and object of a client, without what differs from run to run; equal tables are equal text. */
export async function tablesOf(url: string, clientId: string): Promise<Record<string, string[]>> {
  const tables: Record<string, string[]> = {};
  for (const table of TABLES) {
    tables[table] = await rows(
      url,
      clientId,
      `SELECT (to_jsonb(stored) - $2::text[] || jsonb_build_object('account', account.external_id))::text AS line
       FROM ${table} AS stored JOIN ad_accounts AS account
         ON account.client_id = stored.client_id AND account.id = stored.account_id
       WHERE stored.client_id = $1`,
    );
  }
  tables['client_days'] = await rows(
    url,
    clientId,
    'SELECT (to_jsonb(stored) - $2::text[])::text AS line FROM client_days AS stored WHERE client_id = $1',
  );
  return tables;
}

async function rows(url: string, clientId: string, statement: string): Promise<string[]> {
  const found = await query<{ line: string }>(url, `${statement} ORDER BY line`, [clientId, OWN]);
  return found.map((row) => row.line);
}

/** Spend of every stored day of an account, as decimal text, by day. */
export async function spendByDay(url: string, clientId: string, externalId: string) {
  return query<{ date: string; spend: string }>(
    url,
    `SELECT stored.date::text AS date, trim_scale(sum(stored.spend))::text AS spend
     FROM ad_insights AS stored JOIN ad_accounts AS account
       ON account.client_id = stored.client_id AND account.id = stored.account_id
     WHERE stored.client_id = $1 AND account.external_id = $2 GROUP BY stored.date ORDER BY stored.date`,
    [clientId, externalId],
  );
}

/** Nothing stands twice; the database's own keys forbid it, so a row here means that a key is gone. */
export async function duplicateFacts(url: string, clientId: string): Promise<number> {
  const [row] = await query<{ count: number }>(
    url,
    `SELECT count(*)::int AS count FROM (
       SELECT 1 FROM ad_insights WHERE client_id = $1
       GROUP BY account_id, date, campaign_external_id, coalesce(ad_external_id, '') HAVING count(*) > 1) AS twice`,
    [clientId],
  );
  return row?.count ?? 0;
}
