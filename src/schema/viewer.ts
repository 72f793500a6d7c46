import type { Actor } from '../context.ts';
import { AppError } from '../errors.ts';
import { visibleClientIds } from '../services/access.ts';
import { readEmail } from '../services/users/readEmail.ts';
import { builder } from './builder.ts';
import { ClientNode } from './client.ts';
import { Role } from './enums.ts';

type Somebody = Extract<Actor, { kind: 'API_KEY' | 'USER' }>;

const ViewerKind = builder.enumType('ViewerKind', { values: ['API_KEY', 'USER'] as const });

export const Viewer = builder.objectRef<Somebody>('Viewer').implement({
  description: 'Who is asking.',
  fields: (t) => ({
    kind: t.field({ type: ViewerKind, resolve: (actor) => actor.kind }),
    name: t.exposeString('name'),
    email: t.string({
      nullable: true,
      description: 'Null for a key.',
      resolve: (actor, _args, ctx) => (actor.kind === 'USER' ? readEmail(ctx, actor.id) : null),
    }),
    role: t.field({ type: Role, resolve: (actor) => actor.role }),
    clients: t.field({
      type: [ClientNode],
      nullable: true,
      description: 'What a VIEWER may see; null = every client.',
      resolve: (actor, _args, ctx) => {
        const ids = visibleClientIds(actor);
        if (!ids) return null;
        return ctx.db.prisma.client.findMany({ where: { id: { in: [...ids] } }, orderBy: { name: 'asc' } });
      },
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    authScopes: { signedIn: true },
    resolve: (_root, _args, ctx) => {
      const { actor } = ctx;
      if (actor.kind === 'API_KEY' || actor.kind === 'USER') return actor;
      throw new AppError('UNAUTHENTICATED', 'Send an API key or sign in.');
    },
  }),
);
