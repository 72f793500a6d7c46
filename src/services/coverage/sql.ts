import { statement } from '../../db/sql.ts';
import type { Day } from '../../lib/days.ts';

export interface AccountCoverage {
  account_id: string;
  present: number;
  final: number;
  /** The last day up to which every day of the range is present; null when its first day is not. */
  data_through: Day | null;
}

/** What every statement here is of. Accounts of one client; a null moment is now. */
type Asked = [clientId: string, accountIds: string[], from: Day, to: Day, asOf: Date | null];

const ASKED = `slices.client_id = $1 AND slices.account_id = ANY($2::uuid[])
       AND slices.date BETWEEN $3::date AND $4::date`;

/**
 * A slice is present when it was read with success at least once and nothing is suspicious about it; as of a moment,
 * when that was so then. When a suspicion was lifted is not kept: a slice that is beyond it now counts from its first read.
 */
const PRESENT = `CASE WHEN $5::timestamptz IS NULL THEN fetched_at IS NOT NULL AND status = 'OK'
       ELSE first_fetched_at <= $5 AND (status <> 'SUSPECT' OR suspect_since > $5) END`;

/**
 * What is present of a range, a row an account, also for accounts with nothing. The days counted from the range's
 * start without a gap are those whose distance to it equals their rank.
 */
export const coverageOfAccounts = statement<AccountCoverage, Asked>(
  'coverage.ofAccounts',
  `WITH present AS (
     SELECT account_id, date, CASE WHEN $5::timestamptz IS NULL THEN final ELSE final_at <= $5 END AS final,
            date - $3::date = row_number() OVER (PARTITION BY account_id ORDER BY date) - 1 AS unbroken
     FROM slices WHERE ${ASKED} AND ${PRESENT})
   SELECT account.id AS account_id, count(date)::int AS present, (count(date) FILTER (WHERE final))::int AS final,
          (max(date) FILTER (WHERE unbroken))::text AS data_through
   FROM unnest($2::uuid[]) AS account(id) LEFT JOIN present ON present.account_id = account.id
   GROUP BY account.id`,
);

export interface MissingSliceRow {
  account_id: string;
  date: Day;
  /** Null = nobody ever asked for it. */
  status: string | null;
  attempted_at: Date | null;
  first_fetched_at: Date | null;
  failure_class: string | null;
  failure_reason: string | null;
  suspect_reason: string | null;
}

/** The first days that are not present, oldest first, with what went wrong when somebody tried. */
export const missingSlices = statement<MissingSliceRow, [...Asked, first: number]>(
  'coverage.missing',
  `SELECT account.id AS account_id, day::date::text AS date, status, attempted_at, first_fetched_at,
          failure_class, failure_reason, suspect_reason
   FROM generate_series($3::date, $4::date, interval '1 day') AS day
   CROSS JOIN unnest($2::uuid[]) AS account(id)
   LEFT JOIN slices ON slices.client_id = $1 AND slices.account_id = account.id AND slices.date = day::date
   WHERE (${PRESENT}) IS NOT TRUE
   ORDER BY day, account.id LIMIT $6`,
);

/** An account's own total of a day beside the sum of what is stored of it. Decimal text. */
export interface DiscrepancyRow {
  account_id: string;
  date: Day;
  currency: string;
  spend_reported: string;
  spend_stored: string;
  spend_difference: string;
  impressions_reported: string;
  impressions_stored: string;
  clicks_reported: string;
  clicks_stored: string;
}

const TOTALS = ['spend', 'impressions', 'clicks'] as const;

/** A figure the platform left out of the total is not compared. */
const reported = (name: string) => `coalesce(total_${name}, stored.${name})`;

/**
 * Days whose stored rows do not add up to the account's own total, oldest first. Only the total of the last read is
 * known, so as of a moment only days that were not read again since.
 */
export const discrepancies = statement<DiscrepancyRow, [...Asked, first: number]>(
  'coverage.discrepancies',
  `SELECT slices.account_id, slices.date::text AS date, total_currency AS currency,
          ${TOTALS.map((name) => `${reported(name)}::text AS ${name}_reported, stored.${name}::text AS ${name}_stored`).join(', ')},
          (${reported('spend')} - stored.spend)::text AS spend_difference
   FROM slices CROSS JOIN LATERAL (
     SELECT ${TOTALS.map((name) => `coalesce(sum(${name}), 0) AS ${name}`).join(', ')} FROM campaign_days AS day
     WHERE day.client_id = $1 AND day.date = slices.date AND day.account_id = slices.account_id
       AND day.currency = total_currency) AS stored
   WHERE ${ASKED} AND total_currency IS NOT NULL AND ($5::timestamptz IS NULL OR attempted_at <= $5)
     AND (${TOTALS.map((name) => `${reported(name)} <> stored.${name}`).join(' OR ')})
   ORDER BY slices.date, slices.account_id LIMIT $6`,
);

export interface NoteRow {
  account_id: string;
  date: Day;
  note: string;
}

/** Days with a note, oldest first. A note is of the last read, so as of a moment only days not read again since. */
export const notes = statement<NoteRow, [...Asked, first: number]>(
  'coverage.notes',
  `SELECT account_id, date::text AS date, note FROM slices
   WHERE ${ASKED} AND note IS NOT NULL AND ($5::timestamptz IS NULL OR fetched_at <= $5)
   ORDER BY date, account_id LIMIT $6`,
);
