import { statement } from '../../db/sql.ts';

/** One encrypted value. */
export interface SealedRow {
  /** The row's key as text; pages are in its order. */
  id: string;
  keyId: string;
  ciphertext: Buffer;
}

export interface KeyCount {
  keyId: string;
  rows: number;
}

/** How many encrypted values each key has. What has expired is not waited for: nobody opens it again. */
export const countByKey = statement<KeyCount>(
  'credentials.countByKey',
  `SELECT key_id AS "keyId", count(*)::int AS rows
   FROM (SELECT key_id FROM credentials
         UNION ALL SELECT key_id FROM oauth_states WHERE verifier IS NOT NULL AND expires_at > now()) AS sealed
   GROUP BY key_id ORDER BY key_id`,
);

type Page = [firstKeyId: string, after: string, limit: number];

export const otherCredentials = statement<SealedRow & { clientId: string; platform: string }, Page>(
  'credentials.otherKeys',
  `SELECT id::text, client_id AS "clientId", platform, key_id AS "keyId", ciphertext
   FROM credentials WHERE key_id <> $1 AND ($2 = '' OR id > nullif($2, '')::uuid) ORDER BY id LIMIT $3`,
);

type Change = [keyId: string, ids: readonly string[], before: readonly Buffer[], after: readonly Buffer[]];

/** Changes only what is still as it was read, so that a value renewed meanwhile stays. */
export const resealCredentials = statement<never, Change>(
  'credentials.reseal',
  `UPDATE credentials AS mine SET key_id = $1, ciphertext = changed.after
   FROM unnest($2::uuid[], $3::bytea[], $4::bytea[]) AS changed (id, before, after)
   WHERE mine.id = changed.id AND mine.ciphertext = changed.before`,
);

export const otherStates = statement<SealedRow & { clientId: string; platform: string }, Page>(
  'credentials.otherStates',
  `SELECT encode(state_hash, 'hex') AS id, client_id AS "clientId", platform, key_id AS "keyId", verifier AS ciphertext
   FROM oauth_states
   WHERE verifier IS NOT NULL AND expires_at > now() AND key_id <> $1 AND state_hash > decode($2, 'hex')
   ORDER BY state_hash LIMIT $3`,
);

export const resealStates = statement<never, Change>(
  'credentials.resealStates',
  `UPDATE oauth_states AS mine SET key_id = $1, verifier = changed.after
   FROM unnest($2::text[], $3::bytea[], $4::bytea[]) AS changed (id, before, after)
   WHERE mine.state_hash = decode(changed.id, 'hex') AND mine.verifier = changed.before`,
);

/**
 * Waits for every open transaction that wrote encrypted values, and lets no further one write until this transaction
 * ends.
 */
export const holdSealed = statement('credentials.hold', 'LOCK TABLE credentials, oauth_states IN SHARE MODE');

/** One rotation at a time; the lock ends with its connection, however that ends. */
export const lockRotation = statement<{ locked: boolean }>(
  'credentials.lockRotation',
  "SELECT pg_try_advisory_lock(hashtextextended('tributary.secrets.rotate', 0)) AS locked",
);

// Checking ------------------------------------------------------------------------------------------------------

/** Null = every active client. */
export const clientsWithCredentials = statement<{ client_id: string }, [clientId: string | null]>(
  'credentials.clients',
  `SELECT client.id AS client_id FROM clients AS client
   WHERE client.active AND ($1::uuid IS NULL OR client.id = $1)
     AND EXISTS (SELECT FROM credentials WHERE credentials.client_id = client.id)
   ORDER BY client.slug`,
);

/** Nothing when the token is not the one that was asked about any more. */
export const saveCheck = statement<
  never,
  [
    id: string,
    ciphertext: Uint8Array,
    status: string,
    scopes: readonly string[],
    expiresAt: Date | null,
    warning: string | null,
    now: Date,
  ]
>(
  'credentials.saveCheck',
  `UPDATE credentials SET status = $3, scopes = $4, expires_at = $5, warning = $6, checked_at = $7
   WHERE id = $1 AND ciphertext = $2`,
);

// Dead tokens ---------------------------------------------------------------------------------------------------

/** Nothing when the token is another one by now, or is known to be dead. */
export const markDead = statement<
  never,
  [id: string, ciphertext: Uint8Array, status: string, warning: string | null, now: Date]
>(
  'credentials.markDead',
  `UPDATE credentials SET status = $3, warning = $4, checked_at = $5
   WHERE id = $1 AND ciphertext = $2 AND status = 'VALID'`,
);

/** Somebody asked the platform by hand, and it took the token. */
export const markAlive = statement<never, [id: string, ciphertext: Uint8Array, now: Date]>(
  'credentials.markAlive',
  `UPDATE credentials SET status = 'VALID', warning = NULL, checked_at = $3
   WHERE id = $1 AND ciphertext = $2 AND status <> 'VALID'`,
);

/** The agency's token has no row. Nothing when its death is known. */
export const keepAgencyDeath = statement<never, [key: string, death: string]>(
  'credentials.keepAgencyDeath',
  `INSERT INTO settings AS known (key, value) VALUES ($1, $2::jsonb)
   ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = now()
   WHERE known.value ->> 'fingerprint' IS DISTINCT FROM excluded.value ->> 'fingerprint'`,
);

export const findAgencyDeath = statement<{ key: string }, [key: string, fingerprint: string]>(
  'credentials.findAgencyDeath',
  `SELECT key FROM settings WHERE key = $1 AND value ->> 'fingerprint' = $2`,
);

export const clearAgencyDeath = statement<never, [key: string, fingerprint: string]>(
  'credentials.clearAgencyDeath',
  `DELETE FROM settings WHERE key = $1 AND value ->> 'fingerprint' = $2`,
);

export const listAgencyDeaths = statement<{ key: string; fingerprint: string }, [prefix: string]>(
  'credentials.listAgencyDeaths',
  `SELECT key, value ->> 'fingerprint' AS fingerprint FROM settings WHERE starts_with(key, $1)`,
);
