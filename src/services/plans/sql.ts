import { statement } from '../../db/sql.ts';

export const PLAN_KINDS = ['SYNC', 'BACKFILL'] as const;
export type PlanKind = (typeof PLAN_KINDS)[number];

export interface PlanAccountRow {
  id: string;
  client_id: string;
  platform: string;
  external_id: string;
  timezone: string;
  paused_until: Date | null;
  pause_reason: string | null;
  /** Its own credential, else what its client connected in a browser; null = the agency's token. */
  credential_id: string | null;
  credential_status: string | null;
  /** Insight rows of a day, as stored so far; null = nothing is stored yet. */
  rows_per_day: number | null;
}

/** The newest days tell best how much a day brings. */
const DAYS_LOOKED_AT = 90;

export const planAccounts = statement<PlanAccountRow, [accountIds: string[]]>(
  'plans.accounts',
  `SELECT account.id, account.client_id, account.platform, account.external_id, account.timezone,
          account.paused_until, account.pause_reason,
          credential.id AS credential_id, credential.status AS credential_status, history.rows_per_day
   FROM ad_accounts AS account
   LEFT JOIN LATERAL (
     SELECT id, status FROM credentials
     WHERE client_id = account.client_id AND platform = account.platform
       AND CASE WHEN account.credential_id IS NULL THEN kind = 'OAUTH' ELSE id = account.credential_id END
     LIMIT 1) AS credential ON true
   LEFT JOIN LATERAL (
     SELECT avg(newest.rows)::float8 AS rows_per_day FROM (
       SELECT slices.rows FROM slices
       WHERE client_id = account.client_id AND account_id = account.id AND fetched_at IS NOT NULL
       ORDER BY date DESC LIMIT ${String(DAYS_LOOKED_AT)}) AS newest) AS history ON true
   WHERE account.id = ANY ($1::uuid[])`,
);

export interface PlanRow {
  id: string;
  kind: PlanKind;
  parameters: unknown;
  summary: unknown;
  fingerprint: Buffer;
  created_at: Date;
  expires_at: Date;
  run_id: string | null;
}

const COLUMNS = 'id, kind, parameters, summary, fingerprint, created_at, expires_at, run_id';

export const insertPlan = statement<
  PlanRow,
  [
    kind: PlanKind,
    parameters: string,
    summary: string,
    fingerprint: Buffer,
    requestedBy: string,
    createdAt: Date,
    expiresAt: Date,
  ]
>(
  'plans.insert',
  `INSERT INTO plans (kind, parameters, summary, fingerprint, requested_by, created_at, expires_at)
   VALUES ($1, $2::jsonb, $3::jsonb, $4, $5, $6, $7) RETURNING ${COLUMNS}`,
);

/** Nobody carries the plan out until this transaction is over. */
export const holdPlan = statement<PlanRow, [id: string, kind: PlanKind]>(
  'plans.hold',
  `SELECT ${COLUMNS} FROM plans WHERE id = $1 AND kind = $2 FOR UPDATE`,
);

export const setPlanRun = statement<never, [id: string, runId: string]>(
  'plans.setRun',
  'UPDATE plans SET run_id = $2 WHERE id = $1',
);

/** Plans are for the moment: nobody can carry out an old one, and which run came of it is soon of no interest. */
export const dropOldPlans = statement<never, [before: Date]>(
  'plans.dropOld',
  'DELETE FROM plans WHERE created_at < $1',
);
