import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import * as mails from './sql.ts';

/** Who gets what concerns the installation: the addresses of REPORT_EMAIL, or else every admin who can sign in. */
export async function adminRecipients(ctx: Context, sql: Sql): Promise<string[]> {
  if (ctx.reportTo.length > 0) return [...ctx.reportTo];
  return (await mails.adminEmails.all(sql)).map((row) => row.email);
}

/** Who gets a client's own mails; the admins are not among them. */
export async function clientRecipients(sql: Sql, clientId: string): Promise<string[]> {
  return (await mails.clientRecipients.maybe(sql, clientId))?.recipients ?? [];
}
