import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Role } from '../db/enums.ts';
import { notFound } from '../errors.ts';
import { createApiKey } from '../services/apiKeys/create.ts';
import { revokeApiKey } from '../services/apiKeys/revoke.ts';
import { apiKeyState } from '../services/apiKeys/state.ts';
import { audited } from '../services/audit/record.ts';
import { NO_SUBJECT } from '../services/audit/subject.ts';
import { clientIdsOf } from './clientIds.ts';
import type { ExitCode } from './exit.ts';
import { EXIT } from './exit.ts';
import { printJson, printLine, printTable } from './print.ts';
import { inWorkspace } from './workspace.ts';

export interface KeysCreateOptions {
  name: string;
  role: Role;
  client?: string[] | undefined;
  expires?: Date | undefined;
  json?: true | undefined;
}

/** Prints every key without its secret, newest first. */
export async function runKeysList(options: { json?: true | undefined }): Promise<ExitCode> {
  const keys = await inWorkspace(null, ({ ctx }) => readKeys(ctx));
  if (options.json) printJson(keys);
  else if (keys.length === 0) printLine('No key yet: tributary keys create --help');
  else
    printTable(
      ['ID', 'NAME', 'ROLE', 'CLIENTS', 'STATE', 'EXPIRES', 'LAST USED'],
      keys.map((key) => [
        key.id,
        key.name,
        key.role,
        key.role === 'ADMIN' ? 'all' : key.clients.join(','),
        key.state,
        shortInstant(key.expiresAt),
        shortInstant(key.lastUsedAt),
      ]),
    );
  return EXIT.DONE;
}

async function readKeys(ctx: Context) {
  const rows = await ctx.db.prisma.apiKey.findMany({
    omit: { secretHash: true },
    include: { clients: { include: { client: { select: { slug: true } } } } },
    orderBy: { createdAt: 'desc' },
  });
  const now = ctx.now();
  return rows.map(({ clients, ...key }) => ({
    ...key,
    clients: clients.map(({ client }) => client.slug),
    state: apiKeyState(key, now).toLowerCase(),
  }));
}

function shortInstant(instant: Date | null): string {
  return instant ? `${instant.toISOString().slice(0, 16)}Z` : '-';
}

/** Creates a key and prints its secret, the only time it is there to be seen. */
export async function runKeysCreate(options: KeysCreateOptions): Promise<ExitCode> {
  const { name, role, client: slugs = [], expires, json } = options;
  const { apiKey, secret } = await inWorkspace(null, ({ ctx }) =>
    audited(
      ctx,
      {
        action: 'createApiKey',
        subject: (made) => (made ? { clientId: null, target: `ApiKey:${made.apiKey.id}` } : NO_SUBJECT),
      },
      async () => {
        const clientIds = await clientIdsOf(ctx, slugs);
        return createApiKey(ctx, { name, role, clientIds, expiresAt: expires ?? null });
      },
    ),
  );
  const { id, expiresAt } = apiKey;
  if (json) printJson({ id, name: apiKey.name, role, clients: slugs, expiresAt, secret: secret.reveal() });
  else {
    printLine(secret.reveal());
    printLine(`Shown this once. To end it: tributary keys revoke ${id}`);
  }
  return EXIT.DONE;
}

/** Ends a key for good; again changes nothing. */
export async function runKeysRevoke(id: string): Promise<ExitCode> {
  if (!z.guid().safeParse(id).success) throw notFound('API key');
  const subject = () => ({ clientId: null, target: `ApiKey:${id}` });
  await inWorkspace(null, ({ ctx }) =>
    audited(ctx, { action: 'revokeApiKey', subject }, () => revokeApiKey(ctx, id)),
  );
  printLine(`Revoked ${id}.`);
  return EXIT.DONE;
}
