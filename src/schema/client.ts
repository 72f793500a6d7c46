import { isAdmin, visibleClients } from '../services/access.ts';
import type { Actor } from '../context.ts';
import type { Client, Prisma, Run } from '../generated/prisma/client.ts';
import { createClient } from '../services/clients/create.ts';
import { updateClient } from '../services/clients/update.ts';
import { AdAccountNode } from './account.ts';
import { badInput } from '../errors.ts';
import { builder } from './builder.ts';
import { decodeNodeId, readNodeId } from './ids.ts';
import { Goal, GoalInput } from './goal.ts';
import { SyncRun } from './run.ts';

export const ClientNode = builder.prismaNode('Client', {
  id: { field: 'id' },
  nullable: true,
  description: 'An advertised brand.',
  findUnique: (id, ctx) => ({ id, AND: visibleClients(ctx.actor) }),
  fields: (t) => ({
    name: t.exposeString('name'),
    slug: t.exposeString('slug'),
    timezone: t.exposeString('timezone', { description: 'IANA.' }),
    currency: t.exposeString('currency', { description: 'ISO 4217: the reporting currency.' }),
    active: t.exposeBoolean('active'),
    recipients: t.stringList({
      nullable: true,
      description: 'Who gets the client\u2019s reports. Null for who is no admin.',
      resolve: ({ recipients }, _args, ctx) => (isAdmin(ctx.actor) ? recipients : null),
    }),
    accounts: t.field({
      type: [AdAccountNode],
      resolve: (client, _args, ctx) => ctx.loaders.accountsOfClient.load(client.id),
    }),
    goals: t.field({
      type: [Goal],
      select: { goals: { orderBy: [{ platform: 'asc' }, { position: 'asc' }] } },
      resolve: (client) => client.goals,
    }),
    goalsRun: t.field({
      type: SyncRun,
      nullable: true,
      description:
        'The newest run that computes the history anew after a change of goals; null when there was none.',
      resolve: (client, _args, ctx) => ctx.loaders.goalsRun.load(client.id),
    }),
  }),
});

builder.queryField('clients', (t) =>
  t.prismaConnection(
    {
      type: 'Client',
      cursor: 'id',
      description: 'The clients the key may see, by name.',
      authScopes: { signedIn: true },
      args: { search: t.arg.string({ description: 'Part of the name or slug.' }) },
      totalCount: (_root, { search }, ctx) =>
        ctx.db.prisma.client.count({ where: matching(ctx.actor, search) }),
      resolve: (query, _root, { search }, ctx) =>
        ctx.db.prisma.client.findMany({
          ...query,
          where: matching(ctx.actor, search),
          orderBy: [{ name: 'asc' }, { id: 'asc' }],
        }),
    },
    { name: 'ClientConnection' },
    { name: 'ClientEdge' },
  ),
);

function matching(actor: Actor, search: string | null | undefined): Prisma.ClientWhereInput {
  const text = search?.trim();
  if (!text) return visibleClients(actor);
  const contains = { contains: text, mode: 'insensitive' as const };
  return { AND: [visibleClients(actor), { OR: [{ name: contains }, { slug: contains }] }] };
}

builder.queryField('client', (t) =>
  t.prismaField({
    type: 'Client',
    nullable: true,
    description: 'One client by id or slug; null when there is none the key may see.',
    authScopes: { signedIn: true },
    args: { id: t.arg.id(), slug: t.arg.string() },
    resolve: (query, _root, { id, slug }, ctx) => {
      if ((id ?? null) === null && (slug ?? null) === null) throw badInput('Give id or slug.');
      const asked = id ? decodeNodeId(id) : null;
      if (asked && asked.typename !== 'Client') return null;
      const wanted = { ...(asked ? { id: asked.id } : {}), ...(slug ? { slug } : {}) };
      return ctx.db.prisma.client.findFirst({
        ...query,
        where: { AND: [visibleClients(ctx.actor), wanted] },
      });
    },
  }),
);

const CreateClientInput = builder.inputType('CreateClientInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    slug: t.string({ description: 'Made from the name unless given.' }),
    timezone: t.string({ required: true, description: 'IANA, such as `Europe/Warsaw`.' }),
    currency: t.string({ required: true, description: 'ISO 4217: the reporting currency.' }),
    backfillMonths: t.int({ defaultValue: 0, description: 'History to read when an account is connected.' }),
  }),
});

const CreateClientPayload = builder
  .objectRef<{ client: Client; run: Run | null }>('CreateClientPayload')
  .implement({
    fields: (t) => ({
      client: t.field({ type: ClientNode, resolve: (payload) => payload.client }),
      run: t.field({
        type: SyncRun,
        nullable: true,
        description: 'The first sync, when there is already something to read.',
        resolve: (payload) => payload.run,
      }),
    }),
  });

builder.mutationField('createClient', (t) =>
  t.field({
    type: CreateClientPayload,
    authScopes: { admin: true },
    args: { input: t.arg({ type: CreateClientInput, required: true }) },
    // A new client has no account yet, so there is nothing to sync: its history is read when one is connected.
    resolve: async (_root, { input }, ctx) => ({ client: await createClient(ctx, input), run: null }),
  }),
);

const UpdateClientInput = builder.inputType('UpdateClientInput', {
  description: 'What is left out stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true }),
    name: t.string(),
    timezone: t.string({ description: 'IANA, such as `Europe/Warsaw`.' }),
    currency: t.string({ description: 'ISO 4217: the reporting currency.' }),
    active: t.boolean({ description: 'Whether schedules read its accounts.' }),
    recipients: t.stringList({
      description: 'E-mail addresses that get the client\u2019s reports, all of them; at most 50.',
    }),
    goals: t.field({
      type: [GoalInput],
      description:
        'All goals of the platforms among them; other platforms keep theirs. History is computed anew.',
    }),
  }),
});

builder.mutationField('updateClient', (t) =>
  t.field({
    type: ClientNode,
    description: 'Changes a client. When that changes its goals, `goalsRun` tells of the computing.',
    authScopes: { admin: true },
    args: { input: t.arg({ type: UpdateClientInput, required: true }) },
    resolve: (_root, { input: { id, ...changes } }, ctx) =>
      updateClient(ctx, readNodeId('Client', id), changes),
  }),
);
