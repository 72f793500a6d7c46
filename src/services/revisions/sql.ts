import { statement } from '../../db/sql.ts';
import type { Day } from '../../lib/days.ts';

export interface RevisionRow {
  id: string;
  at: Date;
  date: Day;
  account_id: string;
  campaign_external_id: string;
  /** Null = the remainder row. */
  ad_external_id: string | null;
  metric: string;
  currency: string;
  /** Decimal text; null = was not there. */
  old: string | null;
  /** Decimal text; null = is gone. */
  new: string | null;
  run_id: string;
}

/** A page of what changed, newest first, found by the id of the last row before it. */
export const revisionPage = statement<
  RevisionRow,
  [clientId: string, from: Day, to: Day, since: Date | null, beforeId: string | null, limit: number]
>(
  'revisions.page',
  `SELECT id, at, date::text AS date, account_id, campaign_external_id, ad_external_id, metric, currency,
          old::text AS old, new::text AS new, run_id
   FROM insight_revisions
   WHERE client_id = $1 AND date BETWEEN $2 AND $3 AND ($4::timestamptz IS NULL OR at > $4)
     AND ($5::bigint IS NULL OR id < $5)
   ORDER BY id DESC LIMIT $6`,
);
