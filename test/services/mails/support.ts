import { inTransaction } from '../../../src/context.ts';
import type { Context } from '../../../src/context.ts';
import type { Database } from '../../../src/db/client.ts';
import type { MailStatus } from '../../../src/db/enums.ts';
import type { NewMail, QueuedMail } from '../../../src/services/mails/queue.ts';
import { queueMail } from '../../../src/services/mails/queue.ts';

export const EMAIL = { subject: 'Тема', html: '<p>Здравствуйте</p>', text: 'Здравствуйте' };

let made = 0;

export function queue(ctx: Context, changes: Partial<NewMail> = {}): Promise<QueuedMail> {
  made += 1;
  const mail = {
    kind: 'TEST',
    clientId: null,
    dedupeKey: `mail ${String(made)}`,
    recipients: ['anna@client.example'],
    email: EMAIL,
    ...changes,
  };
  return inTransaction(ctx, (sql) => queueMail(ctx, sql, mail));
}

export interface StoredMail {
  status: MailStatus;
  reason: string | null;
  attempts: number;
  message_id: string;
  recipients: string[];
  subject: string;
  /** Seconds from now. */
  next: number | null;
  sent_at: Date | null;
}

export async function readMail(db: Database, id: string): Promise<StoredMail> {
  const { rows } = await db.pool.query<StoredMail>(
    `SELECT status, reason, attempts, message_id, recipients, subject, sent_at,
            extract(epoch FROM next_try_at - now())::float8 AS next FROM mails WHERE id = $1`,
    [id],
  );
  if (!rows[0]) throw new Error('no such mail');
  return rows[0];
}

/** As if the time until the next try had passed. */
export async function passTime(db: Database): Promise<void> {
  await db.pool.query(
    `UPDATE mails SET next_try_at = now() - interval '1 second' WHERE next_try_at IS NOT NULL`,
  );
}

export const NEVER = new AbortController().signal;
