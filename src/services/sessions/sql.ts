import { statement } from '../../db/sql.ts';

/** Those of the keys and sessions that still open something. */
export const readValid = statement<
  { kind: 'API_KEY' | 'SESSION'; id: string },
  [keyIds: readonly string[], sessionIds: readonly string[], now: Date]
>(
  'sessions.valid',
  `SELECT 'API_KEY' AS kind, id FROM api_keys
   WHERE id = ANY ($1::uuid[]) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)
   UNION ALL
   SELECT 'SESSION', sessions.id FROM sessions JOIN users ON users.id = sessions.user_id
   WHERE sessions.id = ANY ($2::uuid[]) AND sessions.expires_at > $3 AND users.disabled_at IS NULL`,
);

export interface SessionRow {
  id: string;
  createdAt: Date;
  lastUsedAt: Date;
  userId: string;
  name: string;
  role: string;
  clientIds: string[];
}

/** The session of a token that has not ended, of a user who is not disabled. */
export const findSession = statement<SessionRow, [tokenHash: Buffer, now: Date]>(
  'sessions.find',
  `SELECT sessions.id, sessions.created_at AS "createdAt", sessions.last_used_at AS "lastUsedAt",
          users.id AS "userId", users.name, users.role,
          ARRAY (SELECT client_id::text FROM memberships WHERE user_id = users.id) AS "clientIds"
   FROM sessions JOIN users ON users.id = sessions.user_id
   WHERE sessions.token_hash = $1 AND sessions.expires_at > $2 AND users.disabled_at IS NULL`,
);
