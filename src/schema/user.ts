import { ROLES } from '../db/enums.ts';
import type { User } from '../generated/prisma/client.ts';
import { Secret } from '../lib/secret.ts';
import { acceptInvitation } from '../services/users/accept.ts';
import type { Invited } from '../services/users/invite.ts';
import { inviteUser, reinviteUser } from '../services/users/invite.ts';
import { USER_STATES, userState } from '../services/users/state.ts';
import { updateUser } from '../services/users/update.ts';
import { builder } from './builder.ts';
import { ClientNode } from './client.ts';
import { Role, word } from './enums.ts';
import { encodeNodeId, readNodeId } from './ids.ts';

const UserState = builder.enumType('UserState', { values: USER_STATES });

// Not a node: only admins get here.
const UserObject = builder.prismaObject('User', {
  description: 'A person who signs in.',
  fields: (t) => ({
    id: t.id({ resolve: (user) => encodeNodeId('User', user.id) }),
    email: t.exposeString('email'),
    name: t.exposeString('name'),
    role: t.field({ type: Role, resolve: (user) => word(ROLES, user.role) }),
    clients: t.field({
      type: [ClientNode],
      description: 'What a VIEWER may see; empty for an ADMIN, who sees every client.',
      select: (_args, _ctx, nested) => ({ memberships: { select: { client: nested(true) } } }),
      resolve: (user) => user.memberships.map(({ client }) => client),
    }),
    state: t.field({
      type: UserState,
      description: 'INVITED: has no password yet.',
      resolve: (user) => userState(user),
    }),
    invitationExpiresAt: t.expose('invitationExpiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Null = no invitation is open.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

builder.queryField('users', (t) =>
  t.prismaConnection(
    {
      type: UserObject,
      cursor: 'id',
      description: 'Who may sign in, by e-mail.',
      authScopes: { admin: true },
      resolve: (query, _root, _args, ctx) =>
        ctx.db.prisma.user.findMany({ ...query, orderBy: { email: 'asc' } }),
    },
    { name: 'UserConnection' },
    { name: 'UserEdge' },
  ),
);

const InvitationPayload = builder.objectRef<Invited>('InvitationPayload').implement({
  fields: (t) => ({
    user: t.field({ type: UserObject, resolve: (payload) => payload.user }),
    invitationToken: t.string({
      description:
        'For `acceptInvitation`, once and within seven days. Shown this once: hand it over yourself.',
      resolve: (payload) => payload.token.reveal(),
    }),
  }),
});

const AcceptInvitationPayload = builder.objectRef<{ user: User }>('AcceptInvitationPayload').implement({
  fields: (t) => ({ name: t.string({ resolve: (payload) => payload.user.name }) }),
});

const InviteUserInput = builder.inputType('InviteUserInput', {
  fields: (t) => ({
    email: t.string({ required: true }),
    name: t.string({ required: true }),
    role: t.field({ type: Role, required: true }),
    clientIds: t.idList({ description: 'What a VIEWER may see.' }),
  }),
});

const UpdateUserInput = builder.inputType('UpdateUserInput', {
  description: 'What is left out stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true }),
    name: t.string(),
    role: t.field({ type: Role }),
    clientIds: t.idList({ description: 'All that a VIEWER may see from now on.' }),
    disabled: t.boolean({ description: 'true ends the user\u2019s sessions at once.' }),
  }),
});

function clientIdsOf(ids: readonly string[] | null | undefined): string[] | undefined {
  return ids?.map((id) => readNodeId('Client', id));
}

builder.mutationFields((t) => ({
  inviteUser: t.field({
    type: InvitationPayload,
    authScopes: { admin: true },
    args: { input: t.arg({ type: InviteUserInput, required: true }) },
    resolve: (_root, { input }, ctx) =>
      inviteUser(ctx, { ...input, clientIds: clientIdsOf(input.clientIds) }),
  }),
  reinviteUser: t.field({
    type: InvitationPayload,
    description: 'A new invitation, also for who forgot the password; the old one is void.',
    authScopes: { admin: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, ctx) => reinviteUser(ctx, readNodeId('User', id)),
  }),
  updateUser: t.field({
    type: UserObject,
    authScopes: { admin: true },
    args: { input: t.arg({ type: UpdateUserInput, required: true }) },
    resolve: (_root, { input: { id, ...changes } }, ctx) =>
      updateUser(ctx, readNodeId('User', id), { ...changes, clientIds: clientIdsOf(changes.clientIds) }),
  }),
  acceptInvitation: t.field({
    type: AcceptInvitationPayload,
    description:
      'Sets the password of who was invited: at least 12 characters, not the e-mail. Then sign in.',
    authScopes: { public: true },
    args: { token: t.arg.string({ required: true }), password: t.arg.string({ required: true }) },
    resolve: async (_root, { token, password }, ctx) => ({
      user: await acceptInvitation(ctx, { token: new Secret(token), password: new Secret(password) }),
    }),
  }),
}));
