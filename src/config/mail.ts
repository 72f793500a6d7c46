import type { z } from 'zod';
import type { Secret } from '../lib/secret.ts';
import { addresses, mailbox, smtpUrl } from '../lib/settings.ts';

export interface MailSettings {
  /** With the password; null = mails are kept and not sent. Never without `from`. */
  smtpUrl: Secret | null;
  from: { name: string; address: string } | null;
  /** Who gets the installation's reports; none = every admin. */
  reportTo: string[];
}

export const MAIL_VARIABLES = {
  SMTP_URL: {
    schema: smtpUrl,
    shown: '',
    means:
      'smtp://user:password@host:587, or smtps:// for TLS from the start. Unset: mails are kept, to be read in the dashboard.',
  },
  MAIL_FROM: {
    schema: mailbox,
    shown: '',
    means: 'Who mails come from: Reports <reports@example.com>. Required with SMTP_URL.',
  },
  REPORT_EMAIL: {
    schema: addresses,
    shown: '',
    means: "Who gets the installation's reports, comma between. Unset: every active admin.",
  },
};

type Given = { [K in keyof typeof MAIL_VARIABLES]?: z.output<(typeof MAIL_VARIABLES)[K]['schema']> };

export function mailSettings(given: Given): MailSettings {
  return {
    smtpUrl: given.SMTP_URL ?? null,
    from: given.MAIL_FROM ?? null,
    reportTo: given.REPORT_EMAIL ?? [],
  };
}
