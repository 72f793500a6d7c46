import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import { testEmail } from '../../emails/test.ts';
import type { Mail } from '../../generated/prisma/client.ts';
import { requireAdmin } from '../access.ts';
import { parseInput } from '../parse.ts';
import { email } from '../users/email.ts';
import { readMail } from './change.ts';
import { homeOf } from './home.ts';
import { queueMail } from './queue.ts';
import { adminRecipients } from './recipients.ts';
import { startMails } from './trigger.ts';

const testInput = z.object({ to: email.nullish() });

/** A mail to see whether mails arrive: to this address, or to the admins. Throws FORBIDDEN, BAD_USER_INPUT. */
export async function sendTestMail(ctx: Context, input: z.input<typeof testInput>): Promise<Mail> {
  requireAdmin(ctx);
  const { to } = parseInput(testInput, input);
  const { mailId } = await inTransaction(ctx, async (sql) => {
    const queued = await queueMail(ctx, sql, {
      kind: 'TEST',
      clientId: null,
      dedupeKey: `TEST ${randomUUID()}`,
      recipients: to ? [to] : await adminRecipients(ctx, sql),
      email: testEmail({ home: homeOf(ctx), requestedAt: ctx.now() }),
    });
    if (queued.status === 'QUEUED') await startMails(ctx, sql, { trigger: 'MANUAL', scheduleId: null });
    return queued;
  });
  return readMail(ctx, mailId);
}
