import { audited } from '../services/audit/record.ts';
import { NO_SUBJECT } from '../services/audit/subject.ts';
import { createClient } from '../services/clients/create.ts';
import type { ExitCode } from './exit.ts';
import { EXIT } from './exit.ts';
import { printJson, printLine, printTable } from './print.ts';
import { inWorkspace } from './workspace.ts';

export interface ClientsAddOptions {
  name: string;
  timezone: string;
  currency: string;
  slug?: string | undefined;
  json?: true | undefined;
}

/** Prints every client, by slug. */
export async function runClientsList(options: { json?: true | undefined }): Promise<ExitCode> {
  const clients = await inWorkspace(null, ({ ctx }) =>
    ctx.db.prisma.client.findMany({
      select: {
        id: true,
        slug: true,
        name: true,
        timezone: true,
        currency: true,
        active: true,
        accounts: true,
      },
      orderBy: { slug: 'asc' },
    }),
  );
  const listed = clients.map((client) => ({ ...client, accounts: client.accounts.length }));
  if (options.json) printJson(listed);
  else if (listed.length === 0) printLine('No client yet: tributary clients add --help');
  else
    printTable(
      ['SLUG', 'NAME', 'TIME ZONE', 'CURRENCY', 'ACCOUNTS', 'ACTIVE'],
      listed.map((client) => [
        client.slug,
        client.name,
        client.timezone,
        client.currency,
        String(client.accounts),
        client.active ? 'yes' : 'no',
      ]),
    );
  return EXIT.DONE;
}

/** Adds a client with every platform's default goals. */
export async function runClientsAdd({ json, ...input }: ClientsAddOptions): Promise<ExitCode> {
  const client = await inWorkspace(null, ({ ctx }) =>
    audited(
      ctx,
      {
        action: 'createClient',
        subject: (made) => (made ? { clientId: made.id, target: `Client:${made.id}` } : NO_SUBJECT),
      },
      () => createClient(ctx, input),
    ),
  );
  const { id, slug, name, timezone, currency } = client;
  if (json) printJson({ id, slug, name, timezone, currency });
  else printLine(`Added ${name} as ${slug}. Connect its ad accounts over GraphQL: connectAccount.`);
  return EXIT.DONE;
}
