import { RUN_STATUSES } from '../db/enums.ts';
import { JOB_KINDS } from '../services/runs/kinds.ts';
import { nextFires } from '../services/schedules/status.ts';
import { builder } from './builder.ts';
import { JobType, RunStatus, word } from './enums.ts';

export const Schedule = builder.prismaNode('Schedule', {
  id: { field: 'id' },
  nullable: true,
  description: 'When a job runs.',
  authScopes: { admin: true },
  fields: (t) => ({
    kind: t.field({ type: JobType, resolve: (schedule) => word(JOB_KINDS, schedule.kind) }),
    cron: t.exposeString('cron', { description: 'Five fields, or six with seconds first.' }),
    timezone: t.exposeString('timezone'),
    parameters: t.expose('parameters', { type: 'JSON' }),
    enabled: t.exposeBoolean('enabled'),
    nextRun: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ enabled, cron, timezone }, _args, ctx) =>
        enabled ? (nextFires({ cron, timezone }, ctx.now(), 1)[0] ?? null) : null,
    }),
    lastRunAt: t.expose('lastRunAt', { type: 'DateTime', nullable: true }),
    lastStatus: t.field({
      type: RunStatus,
      nullable: true,
      resolve: ({ lastStatus }) => (lastStatus === null ? null : word(RUN_STATUSES, lastStatus)),
    }),
    lastDurationMs: t.exposeInt('lastDurationMs', { nullable: true }),
    runCount: t.exposeInt('runCount'),
    successCount: t.exposeInt('successCount'),
    errorCount: t.exposeInt('errorCount'),
  }),
});

builder.queryField('schedules', (t) =>
  t.prismaField({
    type: [Schedule],
    authScopes: { admin: true },
    resolve: (query, _root, _args, ctx) =>
      ctx.db.prisma.schedule.findMany({ ...query, orderBy: [{ kind: 'asc' }, { createdAt: 'asc' }] }),
  }),
);
