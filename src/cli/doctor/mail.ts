import { ConnectorError } from '../../connectors/errors.ts';
import type { Context } from '../../context.ts';
import type { Finding } from './check.ts';
import { fail, ok } from './check.ts';

/** Connects to the mail server and signs in, when one is set. Sends nothing. */
export async function checkMail({ mail }: Pick<Context, 'mail'>): Promise<Finding[]> {
  if (!mail.delivers) return [ok('mail', 'no mail server is set: mails are kept to be read')];
  try {
    await mail.verify();
    return [ok('mail', 'the mail server answers')];
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return [fail('mail', error.message, 'Check SMTP_URL, and that this machine may reach the server.')];
  }
}
