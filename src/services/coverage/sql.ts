import { statement } from '../../db/sql.ts';
import type { Day } from '../../lib/days.ts';

export interface AccountCoverage {
  account_id: string;
  present: number;
  final: number;
  /** The last day up to which every day of the range is present; null when its first day is not. */
  data_through: Day | null;
}

/**
 * What is present of a range, a row an account, also for accounts with nothing. A slice is present when it was
 * read with success at least once. The days counted from the range's start without a gap are those whose
 * distance to it equals their rank.
 */
export const coverageOfAccounts = statement<
  AccountCoverage,
  [clientId: string, accountIds: string[], from: Day, to: Day]
>(
  'coverage.ofAccounts',
  `WITH present AS (
     SELECT account_id, date, final,
            date - $3::date = row_number() OVER (PARTITION BY account_id ORDER BY date) - 1 AS unbroken
     FROM slices
     WHERE client_id = $1 AND account_id = ANY($2::uuid[]) AND date BETWEEN $3::date AND $4::date
       AND fetched_at IS NOT NULL AND status = 'OK')
   SELECT account.id AS account_id, count(date)::int AS present, (count(date) FILTER (WHERE final))::int AS final,
          (max(date) FILTER (WHERE unbroken))::text AS data_through
   FROM unnest($2::uuid[]) AS account(id) LEFT JOIN present ON present.account_id = account.id
   GROUP BY account.id`,
);

export interface MissingSliceRow {
  account_id: string;
  date: Day;
  failure_class: string | null;
  failure_reason: string | null;
  status: string | null;
}

/** The first days that are not present, oldest first, with what went wrong when somebody tried. */
export const missingSlices = statement<
  MissingSliceRow,
  [clientId: string, accountIds: string[], from: Day, to: Day, first: number]
>(
  'coverage.missing',
  `SELECT account.id AS account_id, day::date::text AS date, failure_class, failure_reason, status
   FROM generate_series($3::date, $4::date, interval '1 day') AS day
   CROSS JOIN unnest($2::uuid[]) AS account(id)
   LEFT JOIN slices ON slices.client_id = $1 AND slices.account_id = account.id AND slices.date = day::date
   WHERE slices.fetched_at IS NULL OR slices.status <> 'OK'
   ORDER BY day, account.id LIMIT $5`,
);
