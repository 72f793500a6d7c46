import { pauseScheduler, resumeScheduler } from '../services/schedules/pause.ts';
import type { SchedulerStatus } from '../services/schedules/schedulerStatus.ts';
import { readSchedulerStatus } from '../services/schedules/schedulerStatus.ts';
import { builder } from './builder.ts';

const Status = builder.objectRef<SchedulerStatus>('SchedulerStatus').implement({
  description: 'The scheduler of the whole installation, whatever the number of processes.',
  fields: (t) => ({
    running: t.exposeBoolean('running', { description: 'False = somebody stopped it.' }),
    nextFire: t.expose('nextFire', {
      type: 'DateTime',
      nullable: true,
      description: 'When something starts next; null while it is stopped, or when nothing is scheduled.',
    }),
    pausedAt: t.expose('pausedAt', { type: 'DateTime', nullable: true }),
    pausedBy: t.exposeString('pausedBy', { nullable: true, description: 'The name of who stopped it.' }),
  }),
});

builder.queryField('schedulerStatus', (t) =>
  t.field({
    type: Status,
    authScopes: { admin: true },
    resolve: (_root, _args, ctx) => readSchedulerStatus(ctx),
  }),
);

builder.mutationFields((t) => ({
  startScheduler: t.field({
    type: Status,
    description: 'Goes on in every process at once, with what was missed meanwhile.',
    authScopes: { admin: true },
    resolve: (_root, _args, ctx) => resumeScheduler(ctx),
  }),
  stopScheduler: t.field({
    type: Status,
    description: 'Nothing starts by a schedule any more, also after restarts. What is running goes on.',
    authScopes: { admin: true },
    resolve: (_root, _args, ctx) => pauseScheduler(ctx),
  }),
}));
