import { statement } from '../../../db/sql.ts';

/** One age of an account's curve. Shares are decimal text, 1 = the final value; null = nothing to compare with. */
export interface MaturityRow {
  account_id: string;
  /** In days. */
  age: number;
  spend: string | null;
  conversions: string | null;
  conversion_value: string | null;
  /** How many days it rests on. */
  slices: number;
}

const FIGURES = ['spend', 'conversions', 'conversion_value'] as const;

/** Days of which goals were chosen anew tell nothing of conversions: those of then were other ones. */
const countsFor = (name: (typeof FIGURES)[number]) => (name === 'spend' ? 'true' : 'NOT recounted');

const each = (write: (name: (typeof FIGURES)[number]) => string) => FIGURES.map(write).join(', ');

/**
 * How much of the final value was known at each age, per account, from its own history.
 *
 * A slice counts when it is final, has been known since it was young (first read at the latest on the day after its
 * own) and is in the account's currency alone; of each account the newest `most` of them. The value of a slice at age
 * a is what was known at the end of the day a days after its own, in the account's zone: its value now less every
 * change made later. The share at age a = sum of the values at age a ÷ sum of the values now, over the slices that
 * had been read by then; that is a ratio of sums, so that large days weigh more. Conversions leave out days whose goals
 * were chosen anew, after a change of the client's goals. Ages go up to the day before the
 * account's slices become final, or to 28 where none is.
 */
export const maturityOfAccounts = statement<
  MaturityRow,
  [clientId: string, accountIds: string[], most: number]
>(
  'coverage.maturity',
  `WITH account AS (
     SELECT id, currency, timezone FROM ad_accounts WHERE client_id = $1 AND id = ANY($2::uuid[])),
   candidate AS (
     SELECT slices.account_id, slices.date, account.timezone,
            greatest((first_fetched_at AT TIME ZONE timezone)::date - slices.date, 0) AS first_age,
            (coalesce(final_at, fetched_at) AT TIME ZONE timezone)::date - slices.date AS final_age,
            row_number() OVER (PARTITION BY slices.account_id ORDER BY slices.date DESC) AS rank
     FROM slices JOIN account ON account.id = slices.account_id
     WHERE slices.client_id = $1 AND slices.account_id = ANY($2::uuid[]) AND final AND slices.status = 'OK'
       AND first_fetched_at < (slices.date + 2)::timestamp AT TIME ZONE timezone
       AND NOT EXISTS (
         SELECT FROM campaign_days AS day WHERE day.client_id = $1 AND day.date = slices.date
           AND day.account_id = slices.account_id AND day.currency <> account.currency)),
   young AS MATERIALIZED (
     SELECT candidate.*, EXISTS (
       SELECT FROM insight_revisions AS revision JOIN runs ON runs.id = revision.run_id AND runs.kind = 'GOALS'
       WHERE revision.client_id = $1 AND revision.account_id = candidate.account_id
         AND revision.date = candidate.date AND metric IN ('conversions', 'conversion_value')) AS recounted
     FROM candidate WHERE rank <= $3),
   final AS (
     SELECT young.account_id, first_age, count(DISTINCT young.date) AS slices,
            ${each((name) => `coalesce(sum(day.${name}) FILTER (WHERE ${countsFor(name)}), 0) AS ${name}`)}
     FROM young LEFT JOIN campaign_days AS day
       ON day.client_id = $1 AND day.date = young.date AND day.account_id = young.account_id
     GROUP BY 1, 2),
   later AS (
     SELECT young.account_id, first_age, (at AT TIME ZONE timezone)::date - young.date AS age,
            ${each((name) => `coalesce(sum(coalesce(new, 0) - coalesce(old, 0)) FILTER (WHERE metric = '${name}' AND ${countsFor(name)}), 0) AS ${name}`)}
     FROM young JOIN insight_revisions AS revision
       ON revision.client_id = $1 AND revision.account_id = young.account_id AND revision.date = young.date
     WHERE metric IN (${FIGURES.map((name) => `'${name}'`).join(', ')})
     GROUP BY 1, 2, 3),
   ages AS (
     SELECT account.id AS account_id, generate_series(0, coalesce(min(final_age) - 1, 28)) AS age
     FROM account LEFT JOIN young ON young.account_id = account.id GROUP BY account.id)
   SELECT ages.account_id, ages.age, coalesce(whole.slices, 0)::int AS slices,
          ${each((name) => `round((whole.${name} - missing.${name}) / nullif(whole.${name}, 0), 6)::text AS ${name}`)}
   FROM ages
   CROSS JOIN LATERAL (
     SELECT sum(slices) AS slices, ${each((name) => `sum(${name}) AS ${name}`)} FROM final
     WHERE final.account_id = ages.account_id AND first_age <= ages.age) AS whole
   CROSS JOIN LATERAL (
     SELECT ${each((name) => `coalesce(sum(${name}), 0) AS ${name}`)} FROM later
     WHERE later.account_id = ages.account_id AND first_age <= ages.age AND later.age > ages.age) AS missing
   ORDER BY ages.account_id, ages.age`,
);
