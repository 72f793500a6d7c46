import { statement } from '../../../db/sql.ts';

/** How long a caller's name for a request is remembered. */
const KEPT = `interval '24 hours'`;

/** Held to the end of the transaction: one request of a key at a time. */
export const lockKey = statement<never, [actor: string, key: string]>(
  'runs.lockKey',
  `SELECT pg_advisory_xact_lock(hashtextextended('tributary:idempotency:' || $1 || ' ' || $2, 0))`,
);

export const findKey = statement<
  { action: string; request_hash: Buffer; run_id: string },
  [actor: string, key: string]
>(
  'runs.findKey',
  `SELECT k.action, k.request_hash, k.run_id FROM idempotency_keys k JOIN runs ON runs.id = k.run_id
   WHERE k.actor = $1 AND k.key = $2 AND k.created_at > now() - ${KEPT}`,
);

/** Takes the place of an old one. */
export const saveKey = statement<
  never,
  [actor: string, key: string, action: string, requestHash: Buffer, runId: string]
>(
  'runs.saveKey',
  `INSERT INTO idempotency_keys (actor, key, action, request_hash, run_id) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (actor, key) DO UPDATE
   SET action = excluded.action, request_hash = excluded.request_hash, run_id = excluded.run_id, created_at = now()`,
);

/** Some at a time, and none that another transaction is at. */
export const dropOldKeys = statement<never>(
  'runs.dropOldKeys',
  `DELETE FROM idempotency_keys WHERE (actor, key) IN (
     SELECT actor, key FROM idempotency_keys WHERE created_at < now() - ${KEPT}
     ORDER BY created_at LIMIT 100 FOR UPDATE SKIP LOCKED)`,
);
