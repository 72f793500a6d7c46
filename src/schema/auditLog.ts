import { storable } from '../lib/text.ts';
import { builder } from './builder.ts';
import { encodeNodeId, readNodeId } from './ids.ts';

builder.prismaObject('AuditEntry', {
  description: 'What somebody did or tried to do.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime' }),
    actorKind: t.exposeString('actorKind', { description: 'API_KEY, USER, SYSTEM or ANONYMOUS.' }),
    actorId: t.exposeString('actorId', { nullable: true }),
    actorName: t.exposeString('actorName'),
    action: t.exposeString('action', { description: 'The mutation; commands use the same words.' }),
    clientId: t.id({
      nullable: true,
      description: 'The client it was about, which may be gone by now.',
      resolve: ({ clientId }) => (clientId === null ? null : encodeNodeId('Client', clientId)),
    }),
    target: t.exposeString('target', { nullable: true, description: 'What it was done to: `Type:uuid`.' }),
    outcome: t.exposeString('outcome', { description: 'OK, or the code of the error.' }),
    origin: t.exposeString('origin', { nullable: true, description: 'Network address; null for a command.' }),
  }),
});

builder.queryField('auditLog', (t) =>
  t.prismaConnection(
    {
      type: 'AuditEntry',
      cursor: 'id',
      description: 'What was done, newest first. Entries are only ever added.',
      authScopes: { admin: true },
      args: { clientId: t.arg.id(), action: t.arg.string() },
      resolve: (query, _root, { clientId, action }, ctx) =>
        ctx.db.prisma.auditEntry.findMany({
          ...query,
          where: {
            ...(clientId ? { clientId: readNodeId('Client', clientId) } : {}),
            ...(action ? { action: storable(action) } : {}),
          },
          orderBy: { id: 'desc' },
        }),
    },
    { name: 'AuditLogConnection' },
    { name: 'AuditLogEdge' },
  ),
);
