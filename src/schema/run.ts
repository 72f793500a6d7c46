import { isFinished, RUN_LOG_LEVELS, RUN_STATUSES, RUN_TRIGGERS, TASK_STATUSES } from '../db/enums.ts';
import { clientFilter } from '../services/access.ts';
import { JOB_KINDS } from '../services/runs/kinds.ts';
import { AdAccountNode } from './account.ts';
import { builder } from './builder.ts';
import { JobType, RunLogLevel, RunStatus, RunTrigger, TaskStatus, word } from './enums.ts';
import { decodeNodeId, readNodeId } from './ids.ts';

export interface RunErrorShape {
  class: string;
  reason: string;
}

const RunError = builder.objectRef<RunErrorShape>('RunError').implement({
  description: 'What went wrong, and what to do: REAUTHORIZE, WAIT, RETRY, FIX or INTERNAL.',
  fields: (t) => ({ class: t.exposeString('class'), reason: t.exposeString('reason') }),
});

function errorOf(row: { errorClass: string | null; errorReason: string | null }): RunErrorShape | null {
  return row.errorClass === null ? null : { class: row.errorClass, reason: row.errorReason ?? '' };
}

function durationOf(row: { startedAt: Date | null; finishedAt: Date | null }): number | null {
  return row.startedAt && row.finishedAt ? row.finishedAt.getTime() - row.startedAt.getTime() : null;
}

const RunTask = builder.prismaObject('RunTask', {
  description: 'A run\u2019s part for one account or client.',
  fields: (t) => ({
    status: t.field({ type: TaskStatus, resolve: (task) => word(TASK_STATUSES, task.status) }),
    account: t.field({
      type: AdAccountNode,
      nullable: true,
      resolve: (task, _args, ctx) => (task.accountId ? ctx.loaders.account.load(task.accountId) : null),
    }),
    parameters: t.expose('parameters', { type: 'JSON' }),
    attempts: t.exposeInt('attempts'),
    recordsSynced: t.field({ type: 'Count', resolve: (task) => task.recordsSynced }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    durationMs: t.int({ nullable: true, resolve: durationOf }),
    error: t.field({ type: RunError, nullable: true, resolve: errorOf }),
  }),
});

const RunLog = builder.prismaObject('RunLog', {
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime' }),
    level: t.field({ type: RunLogLevel, resolve: (line) => word(RUN_LOG_LEVELS, line.level) }),
    message: t.exposeString('message'),
  }),
});

/** What the argument of every mutation that starts a run says. */
export const IDEMPOTENCY_KEY =
  'A name of your own for this request: sent again within 24 hours it gets the same run, even one that is over.';

export const SyncRun = builder.prismaNode('Run', {
  id: { field: 'id' },
  nullable: true,
  name: 'SyncRun',
  description: 'One execution of a job.',
  findUnique: (id, ctx) => ({ id, ...clientFilter(ctx.actor) }),
  fields: (t) => ({
    kind: t.field({ type: JobType, resolve: (run) => word(JOB_KINDS, run.kind) }),
    status: t.field({ type: RunStatus, resolve: (run) => word(RUN_STATUSES, run.status) }),
    trigger: t.field({ type: RunTrigger, resolve: (run) => word(RUN_TRIGGERS, run.trigger) }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    notBefore: t.expose('notBefore', {
      type: 'DateTime',
      nullable: true,
      description: 'It waits until then for a platform that takes no calls; null = it begins at once.',
    }),
    pausedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'Somebody paused it, and no task of it begins before `resumeRun`; null = it goes on, or is over.',
      resolve: (run) => (isFinished(word(RUN_STATUSES, run.status)) ? null : run.pausedAt),
    }),
    durationMs: t.int({ nullable: true, resolve: durationOf }),
    tasksTotal: t.exposeInt('tasksTotal'),
    tasksDone: t.exposeInt('tasksDone'),
    recordsSynced: t.field({
      type: 'Count',
      description: 'Insight rows read and stored, unchanged ones included.',
      resolve: (run) => run.recordsSynced,
    }),
    clientsProcessed: t.int({ resolve: (run, _args, ctx) => ctx.loaders.clientsOfRun.load(run.id) }),
    error: t.field({ type: RunError, nullable: true, resolve: errorOf }),
    tasks: t.relatedConnection(
      'tasks',
      { type: RunTask, cursor: 'id', totalCount: true, query: { orderBy: [{ position: 'asc' }] } },
      { name: 'RunTaskConnection' },
      { name: 'RunTaskEdge' },
    ),
    logs: t.relatedConnection(
      'logs',
      { type: RunLog, cursor: 'id', query: { orderBy: [{ id: 'asc' }] } },
      { name: 'RunLogConnection' },
      { name: 'RunLogEdge' },
    ),
  }),
});

builder.queryField('syncRuns', (t) =>
  t.prismaConnection(
    {
      type: 'Run',
      cursor: 'id',
      description: 'Runs, newest first.',
      authScopes: { signedIn: true },
      args: {
        clientId: t.arg.id(),
        kind: t.arg({ type: JobType }),
        status: t.arg({ type: RunStatus }),
      },
      resolve: (query, _root, { clientId, kind, status }, ctx) => {
        const asked = clientId ? { clientId: readNodeId('Client', clientId) } : {};
        const words = { ...(kind ? { kind } : {}), ...(status ? { status } : {}) };
        return ctx.db.prisma.run.findMany({
          ...query,
          where: { AND: [clientFilter(ctx.actor), asked, words] },
          orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
        });
      },
    },
    { name: 'SyncRunConnection' },
    { name: 'SyncRunEdge' },
  ),
);

builder.queryField('syncRun', (t) =>
  t.prismaField({
    type: SyncRun,
    nullable: true,
    description: 'One run; null when there is none the key may see.',
    authScopes: { signedIn: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (query, _root, { id }, ctx) => {
      const asked = decodeNodeId(id);
      if (asked.typename !== 'SyncRun') return null;
      return ctx.db.prisma.run.findFirst({ ...query, where: { id: asked.id, ...clientFilter(ctx.actor) } });
    },
  }),
);
