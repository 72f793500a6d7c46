import { statement } from '../../../db/sql.ts';

export interface StateRow {
  platform: string;
  client_id: string;
  requested_by: string;
  verifier: Buffer | null;
  key_id: string | null;
  expires_at: Date;
}

export const insertState = statement<
  never,
  [
    stateHash: Buffer,
    platform: string,
    clientId: string,
    requestedBy: string,
    verifier: Uint8Array | null,
    keyId: string | null,
    now: Date,
    expiresAt: Date,
  ]
>(
  'oauth.insertState',
  `INSERT INTO oauth_states (state_hash, platform, client_id, requested_by, verifier, key_id, created_at, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
);

/** Of any number of callers at once, one gets the row. */
export const takeState = statement<StateRow, [stateHash: Buffer]>(
  'oauth.takeState',
  `DELETE FROM oauth_states WHERE state_hash = $1
   RETURNING platform, client_id, requested_by, verifier, key_id, expires_at`,
);

export const deleteOldStates = statement<never, [before: Date]>(
  'oauth.deleteOldStates',
  'DELETE FROM oauth_states WHERE expires_at < $1',
);

/** Held to the end of the transaction, so that two who connect the same client at once store one credential. */
export const lockClient = statement<{ name: string }, [clientId: string]>(
  'oauth.lockClient',
  'SELECT name FROM clients WHERE id = $1 FOR NO KEY UPDATE',
);

export const findConnected = statement<{ id: string }, [clientId: string, platform: string]>(
  'oauth.findConnected',
  `SELECT id FROM credentials WHERE client_id = $1 AND platform = $2 AND kind = 'OAUTH' ORDER BY created_at LIMIT 1`,
);

/** The row keeps its id, so accounts keep pointing at it. */
export const saveConnected = statement<
  never,
  [
    id: string,
    clientId: string,
    platform: string,
    ciphertext: Uint8Array,
    keyId: string,
    lastFour: string,
    scopes: readonly string[],
    expiresAt: Date | null,
    now: Date,
  ]
>(
  'oauth.saveConnected',
  `INSERT INTO credentials (id, client_id, platform, kind, ciphertext, key_id, last_four, scopes, expires_at, status,
                            checked_at, warning, created_at, updated_at)
   VALUES ($1, $2, $3, 'OAUTH', $4, $5, $6, $7, $8, 'VALID', $9, NULL, $9, $9)
   ON CONFLICT (id) DO UPDATE
   SET ciphertext = excluded.ciphertext, key_id = excluded.key_id, last_four = excluded.last_four,
       scopes = excluded.scopes, expires_at = excluded.expires_at, status = excluded.status,
       checked_at = excluded.checked_at, warning = NULL, updated_at = excluded.updated_at`,
);
