import { statement } from '../../db/sql.ts';

/**
 * The pause is the platform's, so it is every client's that holds the account. The later of two pauses stays.
 * Leaves `updated_at` alone: nobody changed the account.
 */
export const keepPause = statement<
  never,
  [platform: string, externalId: string, until: Date, reason: string]
>(
  'accounts.keepPause',
  `UPDATE ad_accounts SET paused_until = $3, pause_reason = $4
   WHERE platform = $1 AND external_id = $2 AND (paused_until IS NULL OR paused_until < $3)`,
);

/** The longest pause that is known for an account of the platform, whoever holds it; no row = none. */
export const findPause = statement<
  { pausedUntil: Date; pauseReason: string | null },
  [platform: string, externalId: string]
>(
  'accounts.findPause',
  `SELECT paused_until AS "pausedUntil", pause_reason AS "pauseReason" FROM ad_accounts
   WHERE platform = $1 AND external_id = $2 AND paused_until IS NOT NULL ORDER BY paused_until DESC LIMIT 1`,
);
