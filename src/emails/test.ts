import type { Email } from './email.ts';
import { renderEmail } from './layout.ts';

/** To see whether mails arrive. `home` = where the installation is reached; null = not known. */
export function testEmail({ home, requestedAt }: { home: string | null; requestedAt: Date }): Email {
  return renderEmail({
    subject: 'Tributary: test mail',
    headline: 'Mails arrive',
    blocks: [
      {
        kind: 'PARAGRAPH',
        text: `Somebody asked for this mail at ${requestedAt.toISOString()}. Nothing is to be done.`,
      },
      ...(home === null ? [] : [{ kind: 'LINK' as const, label: 'Open Tributary', url: home }]),
    ],
  });
}
