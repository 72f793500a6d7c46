import type { Delivery } from '../../connectors/mail/contract.ts';
import { ConnectorError } from '../../connectors/errors.ts';
import { inTransaction } from '../../context.ts';
import type { Context } from '../../context.ts';
import type { Email } from '../../emails/email.ts';
import { DEFAULT_RETRIES, retrying } from '../../lib/retry.ts';
import { concernsServer, decideNextTry, MOST_TRIES } from './decide.ts';
import { queueMail } from './queue.ts';
import type { ClaimedMail } from './sql.ts';
import { claimMail, markAgain, markFailed, markSent } from './sql.ts';

/** For how long a mail is whose who claimed it: longer than any sending lasts (connectors/mail/smtp.ts). */
const CLAIM_S = 180;

export interface SentMails {
  sent: number;
  /** What went wrong last, of those that failed or go later; null = nothing did. */
  trouble: string | null;
}

/** What came of one try. */
type Tried = { kind: 'SENT' } | { kind: 'NOT_YET'; reason: string; ofServer: boolean };

/**
 * Sends the mails that are due, one after the other, until none is left, the server takes none or `signal` aborts; a
 * mail that is on its way is finished first. Each is claimed in a transaction of its own before it is sent and marked
 * after the server took it: a kill in between sends it again with the same Message-ID, later, and never loses it.
 * `onSent` is called after each one that went.
 */
export async function sendDueMails(
  ctx: Context,
  signal: AbortSignal,
  onSent?: () => Promise<void>,
): Promise<SentMails> {
  const result: SentMails = { sent: 0, trouble: null };
  while (!signal.aborted) {
    const mail = await claimMail.maybe(ctx.db.pool, CLAIM_S);
    if (!mail) break;
    const tried = await tryMail(ctx, mail);
    if (tried.kind === 'SENT') {
      result.sent += 1;
      await onSent?.();
      continue;
    }
    result.trouble = tried.reason;
    if (tried.ofServer) break;
  }
  return result;
}

async function tryMail(ctx: Context, mail: ClaimedMail): Promise<Tried> {
  // Every try is counted before it begins, so one more than the most means that the last one ended the process.
  if (mail.attempts > MOST_TRIES) {
    return storeFailure(ctx, mail, 'The process ended in the middle of the last try.');
  }
  let delivery: Delivery;
  try {
    delivery = await ctx.mail.send({ ...mail, messageId: mail.message_id });
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return postpone(ctx, mail, error);
  }
  await storeSent(ctx, mail, delivery);
  return { kind: 'SENT' };
}

async function postpone(ctx: Context, mail: ClaimedMail, error: ConnectorError): Promise<Tried> {
  const next = decideNextTry(error, mail.attempts, Math.random());
  if (next.kind === 'FAILED') return storeFailure(ctx, mail, next.reason);
  await markAgain.run(ctx.db.pool, mail.id, mail.attempts, next.reason, next.seconds);
  return { kind: 'NOT_YET', reason: next.reason, ofServer: concernsServer(error) };
}

async function storeFailure(ctx: Context, mail: ClaimedMail, reason: string): Promise<Tried> {
  await markFailed.run(ctx.db.pool, mail.id, mail.attempts, reason);
  ctx.log.warn({ mailId: mail.id, kind: mail.kind, reason }, 'mail failed');
  return { kind: 'NOT_YET', reason, ofServer: false };
}

/** The server has it: what is not stored now is sent twice, so a database that is away for a moment is waited for. */
function storeSent(ctx: Context, mail: ClaimedMail, delivery: Delivery): Promise<void> {
  return retrying(() => storeDelivery(ctx, mail, delivery), { ...DEFAULT_RETRIES, decide: () => 'retry' });
}

async function storeDelivery(ctx: Context, mail: ClaimedMail, delivery: Delivery): Promise<void> {
  const { refused, deferred } = delivery;
  const all = String(mail.recipients.length);
  const parts = [
    ...(refused > 0 ? [`${String(refused)} of ${all} recipients were refused for good.`] : []),
    ...(deferred.length > 0
      ? [`${String(deferred.length)} of ${all} recipients get it later, in a mail of their own.`]
      : []),
  ];
  await inTransaction(ctx, async (sql) => {
    await markSent.run(sql, mail.id, parts.join(' ') || null);
    if (deferred.length > 0) await queueRest(ctx, sql, { mail, deferred });
  });
}

/** Who was asked to wait while others got the mail gets one of his own, which is tried by itself. */
async function queueRest(
  ctx: Context,
  sql: Parameters<typeof queueMail>[1],
  { mail, deferred }: { mail: ClaimedMail; deferred: string[] },
): Promise<void> {
  const email: Email = mail;
  await queueMail(ctx, sql, {
    kind: mail.kind,
    clientId: mail.client_id,
    dedupeKey: `${mail.dedupe_key} rest ${mail.id}`,
    recipients: deferred,
    email,
    runId: mail.run_id,
  });
}
