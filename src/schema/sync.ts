import type { RunStatus as RunStatusWord } from '../db/enums.ts';
import { notFound } from '../errors.ts';
import type { Run } from '../generated/prisma/client.ts';
import type { RunProgress } from '../pubsub.ts';
import { clientFilter } from '../services/access.ts';
import { cancelRun } from '../services/runs/cancel.ts';
import { startOnce } from '../services/runs/idempotency.ts';
import { retryFailed } from '../services/runs/retry.ts';
import { watchProgress } from '../services/runs/watch.ts';
import { watchFinished } from '../services/runs/watchFinished.ts';
import { triggerSync } from '../services/sync/trigger.ts';
import type { GraphQLContext } from './builder.ts';
import { builder } from './builder.ts';
import { Platform, RunStatus } from './enums.ts';
import { encodeNodeId, readNodeId } from './ids.ts';
import { DateRange } from './range.ts';
import { IDEMPOTENCY_KEY, SyncRun } from './run.ts';

export const TriggerSyncInput = builder.inputType('TriggerSyncInput', {
  description: 'All optional: nothing given is every client, every platform, the last 30 days.',
  fields: (t) => ({
    clientId: t.id(),
    platform: t.field({ type: Platform }),
    range: t.field({ type: DateRange }),
    days: t.int({ description: 'That many days up to today, in each account\u2019s time zone.' }),
  }),
});

/** The run as it is now, read again: what a verb returns is only its id. */
export async function runOf(ctx: GraphQLContext, runId: string): Promise<Run> {
  const run = await ctx.db.prisma.run.findFirst({ where: { id: runId, ...clientFilter(ctx.actor) } });
  if (!run) throw notFound('sync run');
  return run;
}

builder.mutationFields((t) => ({
  triggerSync: t.field({
    type: SyncRun,
    description: 'Starts a sync, or returns the one of the same work that is under way.',
    authScopes: { admin: true },
    args: {
      input: t.arg({ type: TriggerSyncInput, required: true }),
      idempotencyKey: t.arg.string({ description: IDEMPOTENCY_KEY }),
    },
    resolve: async (_root, { input, idempotencyKey: key }, ctx) => {
      const clientId = input.clientId ? readNodeId('Client', input.clientId) : null;
      const request = { ...input, clientId };
      const asked = { key, action: 'triggerSync', request };
      const { runId } = await startOnce(ctx, asked, (once) => triggerSync(ctx, { ...request, once }));
      return runOf(ctx, runId);
    },
  }),
  cancelRun: t.field({
    type: SyncRun,
    description: 'Stops a run; what it has stored stays.',
    authScopes: { admin: true },
    args: { runId: t.arg.id({ required: true }) },
    resolve: async (_root, args, ctx) => {
      const runId = readNodeId('SyncRun', args.runId);
      await cancelRun(ctx, runId);
      return runOf(ctx, runId);
    },
  }),
  retryFailed: t.field({
    type: SyncRun,
    description: 'A new run with only the tasks that failed.',
    authScopes: { admin: true },
    args: {
      runId: t.arg.id({ required: true }),
      idempotencyKey: t.arg.string({ description: IDEMPOTENCY_KEY }),
    },
    resolve: async (_root, args, ctx) => {
      const failed = readNodeId('SyncRun', args.runId);
      const asked = { key: args.idempotencyKey, action: 'retryFailed', request: { runId: failed } };
      const { runId } = await startOnce(ctx, asked, (once) => retryFailed(ctx, failed, once));
      return runOf(ctx, runId);
    },
  }),
}));

const SyncProgress = builder.objectRef<RunProgress>('SyncProgress').implement({
  description: 'Where a run stands. A higher `seq` is newer.',
  fields: (t) => ({
    runId: t.id({ resolve: (progress) => encodeNodeId('SyncRun', progress.runId) }),
    seq: t.exposeInt('seq'),
    status: t.field({ type: RunStatus, resolve: (progress): RunStatusWord => progress.status }),
    tasksTotal: t.exposeInt('tasksTotal'),
    tasksDone: t.exposeInt('tasksDone'),
    recordsSynced: t.field({ type: 'Count', resolve: (progress) => progress.recordsSynced }),
    message: t.exposeString('message', { nullable: true }),
    at: t.expose('at', { type: 'DateTime' }),
  }),
});

builder.subscriptionFields((t) => ({
  syncProgress: t.field({
    type: SyncProgress,
    description: 'First the current state, then each change; completes after the final one.',
    authScopes: { signedIn: true },
    args: { runId: t.arg.id({ required: true }) },
    subscribe: async (_root, args, ctx) => {
      const runId = readNodeId('SyncRun', args.runId);
      await runOf(ctx, runId);
      return watchProgress(ctx, runId);
    },
    resolve: (progress) => progress,
  }),
  syncCompleted: t.field({
    type: SyncRun,
    description: 'Every run that ends from now on, of one client or of all the key may see.',
    authScopes: { signedIn: true },
    args: { clientId: t.arg.id() },
    subscribe: (_root, args, ctx) =>
      watchFinished(ctx, args.clientId ? readNodeId('Client', args.clientId) : null),
    resolve: ({ runId }, _args, ctx) => runOf(ctx, runId),
  }),
}));
