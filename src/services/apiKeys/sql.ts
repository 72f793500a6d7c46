import { statement } from '../../db/sql.ts';

/** Held until the transaction ends: one process at a time looks whether there is a key, and makes one. */
export const lockFirst = statement<Record<string, never>>(
  'apiKeys.lockFirst',
  `SELECT pg_advisory_xact_lock(hashtextextended('apiKeys.first', 0))`,
);
