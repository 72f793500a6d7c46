import { statement } from '../../db/sql.ts';

/**
 * Held until the transaction ends: two changes of a client follow each other, and no account is connected in between
 * (its foreign key waits for this row).
 */
export const holdClient = statement<{ id: string }, [clientId: string]>(
  'clients.hold',
  'SELECT id FROM clients WHERE id = $1 FOR UPDATE',
);

/** Null leaves it as it is. */
export const saveClient = statement<
  never,
  [
    clientId: string,
    name: string | null,
    timezone: string | null,
    currency: string | null,
    active: boolean | null,
    now: Date,
    recipients: string[] | null,
  ]
>(
  'clients.save',
  `UPDATE clients SET name = coalesce($2, name), timezone = coalesce($3, timezone),
     currency = coalesce($4, currency), active = coalesce($5, active), updated_at = $6,
     recipients = coalesce($7, recipients)
   WHERE id = $1`,
);
