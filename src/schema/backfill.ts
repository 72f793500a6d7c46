import { carryOut } from '../services/plans/carryOut.ts';
import { makeBackfillPlan } from '../services/plans/make.ts';
import { pauseRun, resumeRun } from '../services/runs/pause.ts';
import { builder } from './builder.ts';
import { Platform } from './enums.ts';
import { readNodeId } from './ids.ts';
import { Plan } from './plan.ts';
import { SyncRun } from './run.ts';
import { runOf } from './sync.ts';

const BackfillInput = builder.inputType('BackfillInput', {
  fields: (t) => ({
    clientIds: t.idList({ description: 'Every active client when left out.' }),
    months: t.int({
      required: true,
      description:
        'Calendar months back in each account\u2019s time zone, the present one included; at most what the platform keeps (37).',
    }),
    platform: t.field({ type: Platform }),
    force: t.boolean({
      defaultValue: false,
      description: 'Also read days that are stored and that the platform does not restate any more.',
    }),
  }),
});

builder.mutationFields((t) => ({
  planBackfill: t.field({
    type: Plan,
    description: 'What a backfill would read. Nothing is started, and no platform is asked.',
    authScopes: { admin: true },
    args: { input: t.arg({ type: BackfillInput, required: true }) },
    resolve: (_root, { input }, ctx) =>
      makeBackfillPlan(ctx, {
        ...input,
        clientIds: input.clientIds?.map((id) => readNodeId('Client', id)),
      }),
  }),
  startBackfill: t.field({
    type: SyncRun,
    description:
      'Carries a plan out, newest months first and behind everything else; the same plan again is the same run. PLAN_STALE when the world moved on, with what did.',
    authScopes: { admin: true },
    args: { planId: t.arg.id({ required: true }) },
    resolve: async (_root, args, ctx) => {
      const planId = readNodeId('Plan', args.planId);
      return runOf(ctx, (await carryOut(ctx, { kind: 'BACKFILL', planId })).runId);
    },
  }),
  pauseRun: t.field({
    type: SyncRun,
    description:
      'Holds a run, also over restarts: what is being read stops within seconds, keeps what it stored and waits with the rest until `resumeRun`. The same work asked for meanwhile is this run.',
    authScopes: { admin: true },
    args: { runId: t.arg.id({ required: true }) },
    resolve: async (_root, args, ctx) => {
      const { runId } = await pauseRun(ctx, readNodeId('SyncRun', args.runId));
      return runOf(ctx, runId);
    },
  }),
  resumeRun: t.field({
    type: SyncRun,
    description: 'Lets a paused run go on where it was left.',
    authScopes: { admin: true },
    args: { runId: t.arg.id({ required: true }) },
    resolve: async (_root, args, ctx) => {
      const { runId } = await resumeRun(ctx, readNodeId('SyncRun', args.runId));
      return runOf(ctx, runId);
    },
  }),
}));
