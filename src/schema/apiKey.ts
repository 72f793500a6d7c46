import { ROLES } from '../db/enums.ts';
import type { ApiKey } from '../generated/prisma/client.ts';
import type { Secret } from '../lib/secret.ts';
import { createApiKey } from '../services/apiKeys/create.ts';
import { revokeApiKey } from '../services/apiKeys/revoke.ts';
import { API_KEY_STATES, apiKeyState } from '../services/apiKeys/state.ts';
import { builder } from './builder.ts';
import { ClientNode } from './client.ts';
import { Role, word } from './enums.ts';
import { encodeNodeId, readNodeId } from './ids.ts';

const ApiKeyState = builder.enumType('ApiKeyState', { values: API_KEY_STATES });

// Not a node: only admins get here.
const ApiKeyObject = builder.prismaObject('ApiKey', {
  description: 'An API key without its secret.',
  fields: (t) => ({
    id: t.id({ resolve: (key) => encodeNodeId('ApiKey', key.id) }),
    name: t.exposeString('name'),
    role: t.field({ type: Role, resolve: (key) => word(ROLES, key.role) }),
    clients: t.field({
      type: [ClientNode],
      description: 'What a VIEWER may see; empty for an ADMIN, who sees every client.',
      select: (_args, _ctx, nested) => ({ clients: { select: { client: nested(true) } } }),
      resolve: (key) => key.clients.map(({ client }) => client),
    }),
    state: t.field({ type: ApiKeyState, resolve: (key, _args, ctx) => apiKeyState(key, ctx.now()) }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

builder.queryField('apiKeys', (t) =>
  t.prismaConnection(
    {
      type: ApiKeyObject,
      cursor: 'id',
      description: 'Every key, newest first, also those that are no longer valid.',
      authScopes: { admin: true },
      resolve: (query, _root, _args, ctx) =>
        ctx.db.prisma.apiKey.findMany({ ...query, orderBy: [{ createdAt: 'desc' }, { id: 'asc' }] }),
    },
    { name: 'ApiKeyConnection' },
    { name: 'ApiKeyEdge' },
  ),
);

const ApiKeyPayload = builder.objectRef<{ apiKey: ApiKey; secret: Secret }>('ApiKeyPayload').implement({
  fields: (t) => ({
    apiKey: t.field({ type: ApiKeyObject, resolve: (payload) => payload.apiKey }),
    secret: t.string({
      description: 'The key itself, shown this once: `Authorization: Bearer <secret>`.',
      resolve: (payload) => payload.secret.reveal(),
    }),
  }),
});

const ApiKeyInput = builder.inputType('ApiKeyInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    role: t.field({ type: Role, required: true }),
    clientIds: t.idList({ description: 'What a VIEWER may see.' }),
    expiresAt: t.field({ type: 'DateTime' }),
  }),
});

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: ApiKeyPayload,
    authScopes: { admin: true },
    args: { input: t.arg({ type: ApiKeyInput, required: true }) },
    resolve: (_root, { input }, ctx) =>
      createApiKey(ctx, { ...input, clientIds: input.clientIds?.map((id) => readNodeId('Client', id)) }),
  }),
  revokeApiKey: t.id({
    authScopes: { admin: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, args, ctx) => {
      await revokeApiKey(ctx, readNodeId('ApiKey', args.id));
      return args.id;
    },
  }),
}));
