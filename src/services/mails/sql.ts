import type { MailStatus } from '../../db/enums.ts';
import { statement } from '../../db/sql.ts';

/* Times are the database's: mails are queued, claimed and sent by several processes. */

export interface QueuedRow {
  id: string;
  status: MailStatus;
}

/** A mail to be, in the order of the statement below. */
export type MailColumns = [
  clientId: string | null,
  kind: string,
  status: MailStatus,
  reason: string | null,
  dedupeKey: string,
  messageId: string,
  recipients: string[],
  subject: string,
  html: string,
  text: string,
  runId: string | null,
];

/** Nothing when there is such a mail already; waits for the transaction of one that is just being queued. */
export const insertMail = statement<QueuedRow, MailColumns>(
  'mails.insert',
  `INSERT INTO mails (client_id, kind, status, reason, dedupe_key, message_id, recipients, subject, html, text, run_id,
                      next_try_at)
   VALUES ($1, $2, $3::text, $4, $5, $6, $7, $8, $9, $10, $11,
           CASE WHEN $3::text = 'QUEUED' THEN clock_timestamp() END)
   ON CONFLICT (dedupe_key) DO NOTHING
   RETURNING id, status`,
);

export const findByKey = statement<QueuedRow, [dedupeKey: string]>(
  'mails.findByKey',
  'SELECT id, status FROM mails WHERE dedupe_key = $1',
);

export const anyDue = statement<{ due: boolean }>(
  'mails.anyDue',
  `SELECT EXISTS (SELECT FROM mails WHERE status = 'QUEUED' AND next_try_at <= clock_timestamp()) AS due`,
);

export interface ClaimedMail {
  id: string;
  client_id: string | null;
  kind: string;
  dedupe_key: string;
  message_id: string;
  recipients: string[];
  subject: string;
  html: string;
  text: string;
  run_id: string | null;
  /** This try included. */
  attempts: number;
}

/**
 * Takes the mail that waits longest, for so many seconds: who dies with it leaves it to the next after that time. The
 * try counts from here, so a mail whose tries kill the process is not tried for ever.
 */
export const claimMail = statement<ClaimedMail, [seconds: number]>(
  'mails.claim',
  `UPDATE mails SET attempts = attempts + 1, next_try_at = clock_timestamp() + make_interval(secs => $1)
   WHERE id = (SELECT id FROM mails WHERE status = 'QUEUED' AND next_try_at <= clock_timestamp()
               ORDER BY next_try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
   RETURNING id, client_id, kind, dedupe_key, message_id, recipients, subject, html, text, run_id, attempts`,
);

/** Also when another try has begun since: it was sent, whoever knows it first. */
export const markSent = statement<never, [id: string, reason: string | null]>(
  'mails.sent',
  `UPDATE mails SET status = 'SENT', reason = $2, sent_at = clock_timestamp(), next_try_at = NULL
   WHERE id = $1 AND status IN ('QUEUED', 'FAILED')`,
);

/** Only by the try that holds the mail. */
export const markAgain = statement<never, [id: string, attempts: number, reason: string, seconds: number]>(
  'mails.again',
  `UPDATE mails SET reason = $3, next_try_at = clock_timestamp() + make_interval(secs => $4)
   WHERE id = $1 AND attempts = $2 AND status = 'QUEUED'`,
);

export const markFailed = statement<never, [id: string, attempts: number, reason: string]>(
  'mails.failed',
  `UPDATE mails SET status = 'FAILED', reason = $3, next_try_at = NULL
   WHERE id = $1 AND attempts = $2 AND status = 'QUEUED'`,
);

/** Puts a mail that waits in one of these states into the queue, or into another state. No row = it is in none. */
export const requeueMail = statement<
  QueuedRow,
  [id: string, from: MailStatus[], to: MailStatus, reason: string | null]
>(
  'mails.requeue',
  `UPDATE mails SET status = $3::text, reason = $4, attempts = 0,
     next_try_at = CASE WHEN $3::text = 'QUEUED' THEN clock_timestamp() END
   WHERE id = $1 AND status = ANY ($2::text[])
   RETURNING id, status`,
);

/** Who can sign in as an admin. */
export const adminEmails = statement<{ email: string }>(
  'mails.adminEmails',
  `SELECT email FROM users
   WHERE role = 'ADMIN' AND disabled_at IS NULL AND password_hash IS NOT NULL ORDER BY email`,
);

export const clientRecipients = statement<{ recipients: string[] }, [clientId: string]>(
  'mails.clientRecipients',
  'SELECT recipients FROM clients WHERE id = $1',
);

export const closedRun = statement<
  { client_id: string | null; parameters: unknown; duration_ms: number },
  [runId: string]
>(
  'mails.closedRun',
  `SELECT client_id, parameters,
          (extract(epoch FROM coalesce(finished_at, clock_timestamp()) - coalesce(started_at, created_at)) * 1000)::float8
            AS duration_ms
   FROM runs WHERE id = $1`,
);

export interface ClosedTaskRow {
  client_id: string | null;
  client: string | null;
  platform: string | null;
  status: string;
  reason: string | null;
}

export const closedTasks = statement<ClosedTaskRow, [runId: string]>(
  'mails.closedTasks',
  `SELECT task.client_id, clients.name AS client, task.parameters ->> 'platform' AS platform, task.status, task.error_reason AS reason
   FROM run_tasks AS task LEFT JOIN clients ON clients.id = task.client_id
   WHERE task.run_id = $1 ORDER BY task.position`,
);
