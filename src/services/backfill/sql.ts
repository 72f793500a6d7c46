import { statement } from '../../db/sql.ts';
import type { Day } from '../../lib/days.ts';

export interface BackfillAccountRow {
  id: string;
  client_id: string;
  platform: string;
  external_id: string;
  timezone: string;
}

/** Accounts of active clients; null = of every client, of every platform. */
export const accountsToBackfill = statement<
  BackfillAccountRow,
  [clientIds: readonly string[] | null, platform: string | null]
>(
  'backfill.accounts',
  `SELECT account.id, account.client_id, account.platform, account.external_id, account.timezone
   FROM ad_accounts AS account JOIN clients AS client ON client.id = account.client_id
   WHERE client.active AND ($1::uuid[] IS NULL OR client.id = ANY ($1))
     AND ($2::text IS NULL OR account.platform = $2)
   ORDER BY client.slug, account.platform, account.external_id`,
);

export const clientsNamed = statement<
  { id: string; name: string; active: boolean },
  [clientIds: readonly string[]]
>('backfill.clients', 'SELECT id, name, active FROM clients WHERE id = ANY ($1::uuid[])');

/** Read with success, and nothing suspicious about it. */
const PRESENT = `slices.fetched_at IS NOT NULL AND slices.status = 'OK'`;

export interface MonthStateRow {
  account_id: string;
  month: string;
  present: number;
  /** Present, and the platform does not restate them any more. */
  final: number;
  /** When a day of it was last read, exact; null = never. */
  newest: string | null;
}

/** What is stored of these months, a row each; none for a month of which nothing is known. */
export const monthStates = statement<
  MonthStateRow,
  [clientIds: string[], accountIds: string[], months: string[], from: Day[], to: Day[]]
>(
  'backfill.months',
  `SELECT asked.account_id, asked.month, (count(*) FILTER (WHERE ${PRESENT}))::int AS present,
          (count(*) FILTER (WHERE ${PRESENT} AND slices.final))::int AS final, max(slices.fetched_at)::text AS newest
   FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::date[], $5::date[])
     AS asked (client_id, account_id, month, first, last)
   JOIN slices ON slices.client_id = asked.client_id AND slices.account_id = asked.account_id
     AND slices.date BETWEEN asked.first AND asked.last
   GROUP BY asked.account_id, asked.month`,
);

/** Days of the range that nobody has to read again. */
export const finalDays = statement<{ date: Day }, [clientId: string, accountId: string, from: Day, to: Day]>(
  'backfill.finalDays',
  `SELECT date FROM slices
   WHERE client_id = $1 AND account_id = $2 AND date BETWEEN $3 AND $4 AND ${PRESENT} AND final`,
);
