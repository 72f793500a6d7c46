import type { Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import type { MailStatus } from '../../db/enums.ts';
import { AppError, notFound } from '../../errors.ts';
import type { Mail } from '../../generated/prisma/client.ts';
import { requireAdmin } from '../access.ts';
import { NO_SERVER } from './queue.ts';
import { requeueMail } from './sql.ts';
import { startMails } from './trigger.ts';

/**
 * Sends a mail that FAILED or was NOT_SENT after all, with its Message-ID and all its tries.
 * Throws FORBIDDEN, NOT_FOUND, CONFLICT.
 */
export async function retryMail(ctx: Context, mailId: string): Promise<Mail> {
  requireAdmin(ctx);
  if (!ctx.mail.delivers) throw new AppError('CONFLICT', `${NO_SERVER} It stays where it can be read.`);
  return intoQueue(ctx, { mailId, from: ['FAILED', 'NOT_SENT'] });
}

/** Lets a HELD mail go. Throws FORBIDDEN, NOT_FOUND, CONFLICT. */
export async function releaseMail(ctx: Context, mailId: string): Promise<Mail> {
  requireAdmin(ctx);
  return intoQueue(ctx, { mailId, from: ['HELD'] });
}

async function intoQueue(
  ctx: Context,
  { mailId, from }: { mailId: string; from: MailStatus[] },
): Promise<Mail> {
  const { delivers } = ctx.mail;
  await inTransaction(ctx, async (sql) => {
    const to = delivers ? 'QUEUED' : 'NOT_SENT';
    const changed = await requeueMail.maybe(sql, mailId, from, to, delivers ? null : NO_SERVER);
    if (!changed) throw await refusal(ctx, mailId, from);
    if (delivers) await startMails(ctx, sql, { trigger: 'MANUAL', scheduleId: null });
  });
  return readMail(ctx, mailId);
}

async function refusal(ctx: Context, mailId: string, from: readonly MailStatus[]): Promise<AppError> {
  const mail = await ctx.db.prisma.mail.findFirst({ where: { id: mailId } });
  if (!mail) return notFound('mail');
  return new AppError(
    'CONFLICT',
    `This mail is ${mail.status}; only one that is ${from.join(' or ')} can go.`,
  );
}

export async function readMail(ctx: Context, mailId: string): Promise<Mail> {
  return ctx.db.prisma.mail.findFirstOrThrow({ where: { id: mailId } });
}
