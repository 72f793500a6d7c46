import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Role } from '../db/enums.ts';
import { notFound } from '../errors.ts';
import { audited } from '../services/audit/record.ts';
import { NO_SUBJECT } from '../services/audit/subject.ts';
import { normalEmail } from '../services/users/email.ts';
import { inviteUser } from '../services/users/invite.ts';
import { userState } from '../services/users/state.ts';
import { updateUser } from '../services/users/update.ts';
import { clientIdsOf } from './clientIds.ts';
import type { ExitCode } from './exit.ts';
import { EXIT } from './exit.ts';
import { printJson, printLine, printTable } from './print.ts';
import { inWorkspace } from './workspace.ts';

export interface UsersInviteOptions {
  email: string;
  name: string;
  role: Role;
  client?: string[] | undefined;
  json?: true | undefined;
}

/** Prints everybody who may sign in, by e-mail. */
export async function runUsersList(options: { json?: true | undefined }): Promise<ExitCode> {
  const users = await inWorkspace(null, ({ ctx }) => readUsers(ctx));
  if (options.json) printJson(users);
  else if (users.length === 0) printLine('No user yet: tributary users invite --help');
  else
    printTable(
      ['ID', 'E-MAIL', 'NAME', 'ROLE', 'CLIENTS', 'STATE'],
      users.map(({ id, email, name, role, clients, state }) => [
        id,
        email,
        name,
        role,
        role === 'ADMIN' ? 'all' : clients.join(','),
        state.toLowerCase(),
      ]),
    );
  return EXIT.DONE;
}

async function readUsers(ctx: Context) {
  const rows = await ctx.db.prisma.user.findMany({
    omit: { invitationHash: true },
    include: { memberships: { include: { client: { select: { slug: true } } } } },
    orderBy: { email: 'asc' },
  });
  return rows.map(({ memberships, passwordHash, ...user }) => ({
    ...user,
    clients: memberships.map(({ client }) => client.slug),
    state: userState({ ...user, passwordHash }),
  }));
}

/** Invites a user and prints the token of the invitation, the only time it is there to be seen. */
export async function runUsersInvite(options: UsersInviteOptions): Promise<ExitCode> {
  const { email, name, role, client: slugs = [], json } = options;
  const { user, token } = await inWorkspace(null, ({ ctx }) =>
    audited(
      ctx,
      {
        action: 'inviteUser',
        subject: (invited) => (invited ? { clientId: null, target: `User:${invited.user.id}` } : NO_SUBJECT),
      },
      async () => inviteUser(ctx, { email, name, role, clientIds: await clientIdsOf(ctx, slugs) }),
    ),
  );
  const { id, invitationExpiresAt } = user;
  if (json) {
    printJson({ id, name, role, clients: slugs, invitationExpiresAt, invitationToken: token.reveal() });
  } else {
    printLine(token.reveal());
    printLine('Shown this once, good for seven days: it is the token of the mutation acceptInvitation.');
  }
  return EXIT.DONE;
}

/** Ends a user's sessions and lets no new one begin. */
export async function runUsersDisable(who: string): Promise<ExitCode> {
  const id = await inWorkspace(null, async ({ ctx }) => {
    const found = await findUserId(ctx, who);
    const subject = () => ({ clientId: null, target: `User:${found}` });
    await audited(ctx, { action: 'updateUser', subject }, () => updateUser(ctx, found, { disabled: true }));
    return found;
  });
  printLine(`Disabled ${id}.`);
  return EXIT.DONE;
}

async function findUserId(ctx: Context, who: string): Promise<string> {
  const isId = z.guid().safeParse(who).success;
  const where = isId ? { id: who } : { email: normalEmail(who) ?? '' };
  const user = await ctx.db.prisma.user.findFirst({ where, select: { id: true } });
  if (!user) throw notFound('user');
  return user.id;
}
