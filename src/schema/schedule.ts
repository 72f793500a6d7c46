import { RUN_STATUSES } from '../db/enums.ts';
import { JOB_KINDS } from '../services/runs/kinds.ts';
import { createSchedule } from '../services/schedules/create.ts';
import { deleteSchedule } from '../services/schedules/delete.ts';
import { previewSchedule, upcoming } from '../services/schedules/preview.ts';
import { nextFires } from '../services/schedules/status.ts';
import { updateSchedule } from '../services/schedules/update.ts';
import { builder } from './builder.ts';
import { ClientNode } from './client.ts';
import { JobType, RunStatus, word } from './enums.ts';
import { readNodeId } from './ids.ts';
import { SyncRun } from './run.ts';

/** Moments that are told ahead unless asked for more. */
const FEW = 5;

export const Schedule = builder.prismaNode('Schedule', {
  id: { field: 'id' },
  nullable: true,
  description: 'When a job runs.',
  authScopes: { admin: true },
  fields: (t) => ({
    kind: t.field({ type: JobType, resolve: (schedule) => word(JOB_KINDS, schedule.kind) }),
    cron: t.exposeString('cron', { description: 'Five fields, or six with seconds first.' }),
    timezone: t.exposeString('timezone', { description: 'IANA: the cron expression is read there.' }),
    client: t.field({
      type: ClientNode,
      nullable: true,
      description: 'Null = every client. While it is not active, its moments are SKIPPED.',
      resolve: ({ clientId }, _args, ctx) => (clientId ? ctx.loaders.client.load(clientId) : null),
    }),
    parameters: t.expose('parameters', { type: 'JSON' }),
    enabled: t.exposeBoolean('enabled'),
    nextRun: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Null while it is disabled.',
      resolve: ({ enabled, cron, timezone }, _args, ctx) =>
        enabled ? (nextFires({ cron, timezone }, ctx.now(), 1)[0] ?? null) : null,
    }),
    nextRuns: t.field({
      type: ['DateTime'],
      description: 'The next moments, 1 to 10 of them; none while it is disabled.',
      args: { count: t.arg.int({ defaultValue: FEW }) },
      resolve: ({ enabled, cron, timezone }, { count }, ctx) =>
        enabled ? upcoming(ctx, { cron, timezone }, count ?? FEW) : [],
    }),
    lastRun: t.field({
      type: SyncRun,
      nullable: true,
      description: 'What its newest moment started, or found open already.',
      resolve: async (schedule, _args, ctx) => {
        const runId = await ctx.loaders.lastRunOfSchedule.load(schedule.id);
        return runId === null ? null : ctx.loaders.run.load(runId);
      },
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

builder.queryFields((t) => ({
  schedules: t.prismaField({
    type: [Schedule],
    authScopes: { admin: true },
    resolve: (query, _root, _args, ctx) =>
      ctx.db.prisma.schedule.findMany({ ...query, orderBy: [{ kind: 'asc' }, { createdAt: 'asc' }] }),
  }),
  previewSchedule: t.field({
    type: ['DateTime'],
    description: 'When such a schedule would be due next, 1 to 10 moments; says what is wrong with it.',
    authScopes: { admin: true },
    args: {
      cron: t.arg.string({ required: true }),
      timezone: t.arg.string({ required: true }),
      count: t.arg.int({ defaultValue: FEW }),
    },
    resolve: (_root, { cron, timezone, count }, ctx) =>
      previewSchedule(ctx, { cron, timezone }, count ?? FEW),
  }),
}));

const ScheduleInput = builder.inputType('ScheduleInput', {
  fields: (t) => ({
    kind: t.field({ type: JobType, required: true }),
    cron: t.string({
      required: true,
      description: 'Minute, hour, day, month and weekday; or six fields with seconds first.',
    }),
    timezone: t.string({ required: true, description: 'IANA, such as `Europe/Warsaw`.' }),
    clientId: t.id({ description: 'Every client when left out.' }),
    parameters: t.field({ type: 'JSON', description: 'An object after the job\u2019s own rules.' }),
    enabled: t.boolean({ defaultValue: true }),
  }),
});

const asked = (input: typeof ScheduleInput.$inferInput) => ({
  ...input,
  clientId: input.clientId ? readNodeId('Client', input.clientId) : null,
});

builder.mutationFields((t) => ({
  createSchedule: t.field({
    type: Schedule,
    description: 'Every process keeps it at once. CONFLICT when there is such a schedule already.',
    authScopes: { admin: true },
    args: { input: t.arg({ type: ScheduleInput, required: true }) },
    resolve: (_root, { input }, ctx) => createSchedule(ctx, asked(input)),
  }),
  updateSchedule: t.field({
    type: Schedule,
    description: 'Replaces all of it: what is left out gets its default. Its counts stay.',
    authScopes: { admin: true },
    args: { id: t.arg.id({ required: true }), input: t.arg({ type: ScheduleInput, required: true }) },
    resolve: (_root, { id, input }, ctx) => updateSchedule(ctx, readNodeId('Schedule', id), asked(input)),
  }),
  deleteSchedule: t.id({
    description: 'Its runs stay.',
    authScopes: { admin: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, ctx) => {
      await deleteSchedule(ctx, readNodeId('Schedule', id));
      return id;
    },
  }),
}));
