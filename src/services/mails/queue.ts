import { randomUUID } from 'node:crypto';
import type { Context } from '../../context.ts';
import type { MailStatus } from '../../db/enums.ts';
import type { Sql } from '../../db/sql.ts';
import type { Email } from '../../emails/email.ts';
import { storable } from '../../lib/text.ts';
import { findByKey, insertMail } from './sql.ts';

export interface NewMail {
  /** MONTH_SUMMARY, COMPLETENESS, ALERT, TEST …: a word for people to filter by. */
  kind: string;
  /** Null = about the installation. */
  clientId: string | null;
  /** The same key is the same mail, for ever. */
  dedupeKey: string;
  /** From `adminRecipients` and `clientRecipients`; each gets it once. */
  recipients: readonly string[];
  email: Email;
  /** Why it is not to go yet: HELD until `releaseMail`. */
  hold?: string | null;
  /** The run it tells of. */
  runId?: string | null;
}

export interface QueuedMail {
  mailId: string;
  status: MailStatus;
  /** False = there was such a mail already; nothing changed. */
  created: boolean;
}

/**
 * Puts a mail into the outbox, inside the caller's transaction: it is sent if and only if that is committed. Its
 * Message-ID is made here and stays for every try. Without recipients it is SKIPPED, without a mail server NOT_SENT.
 */
export async function queueMail(ctx: Context, sql: Sql, mail: NewMail): Promise<QueuedMail> {
  const recipients = [...new Set(mail.recipients.map((address) => address.trim().toLowerCase()))];
  const { status, reason } = firstState(ctx, recipients, mail.hold ?? null);
  const inserted = await insertMail.maybe(
    sql,
    mail.clientId,
    mail.kind,
    status,
    reason,
    mail.dedupeKey,
    `<${randomUUID()}@${ctx.mail.domain}>`,
    recipients,
    onOneLine(mail.email.subject),
    storable(mail.email.html),
    storable(mail.email.text),
    mail.runId ?? null,
  );
  if (inserted) return { mailId: inserted.id, status: inserted.status, created: true };
  const there = await findByKey.maybe(sql, mail.dedupeKey);
  if (!there) throw new Error('mails.insert stored nothing, and there is no such mail');
  return { mailId: there.id, status: there.status, created: false };
}

export const NO_RECIPIENTS = 'There is nobody to send it to.';
export const NO_SERVER = 'No mail server is set (SMTP_URL).';

function firstState(
  ctx: Context,
  recipients: readonly string[],
  hold: string | null,
): { status: MailStatus; reason: string | null } {
  if (recipients.length === 0) return { status: 'SKIPPED', reason: NO_RECIPIENTS };
  if (hold !== null) return { status: 'HELD', reason: hold };
  if (!ctx.mail.delivers) return { status: 'NOT_SENT', reason: NO_SERVER };
  return { status: 'QUEUED', reason: null };
}

const LONGEST_SUBJECT = 250;

/** A line break in a subject would begin a header of its own. */
function onOneLine(subject: string): string {
  const line = storable(subject)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const letters = [...line];
  return letters.length > LONGEST_SUBJECT ? `${letters.slice(0, LONGEST_SUBJECT - 1).join('')}…` : line;
}
