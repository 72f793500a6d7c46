import { PLATFORM_KEYS } from '../connectors/ads/index.ts';
import { carryOut } from '../services/plans/carryOut.ts';
import type { Plan as PlanShape } from '../services/plans/make.ts';
import { makeSyncPlan } from '../services/plans/make.ts';
import { PLAN_KINDS } from '../services/plans/sql.ts';
import type { PlanMonth as PlanMonthShape, PlanQuota, UnusableAccount } from '../services/plans/summary.ts';
import { AdAccountNode } from './account.ts';
import { builder } from './builder.ts';
import { ClientNode } from './client.ts';
import { Platform, word } from './enums.ts';
import { encodeNodeId, readNodeId } from './ids.ts';
import { SyncRun } from './run.ts';
import { runOf, TriggerSyncInput } from './sync.ts';

const PlanKind = builder.enumType('PlanKind', { values: PLAN_KINDS });

const PlanAction = builder.enumType('PlanAction', {
  description: 'What would be done with a month.',
  values: {
    FETCH: { description: 'Its days are read: all of them, or those that are missing or can still change.' },
    SKIP: { description: 'All its days are stored and final; `force` reads them all the same.' },
  } as const,
});

const PlanMonth = builder.objectRef<PlanMonthShape>('PlanMonth').implement({
  description: 'One client, platform and calendar month, of all its accounts together.',
  fields: (t) => ({
    client: t.field({
      type: ClientNode,
      nullable: true,
      description: 'Null when it is gone since.',
      resolve: (month, _args, ctx) => ctx.loaders.client.load(month.clientId),
    }),
    platform: t.field({ type: Platform, resolve: (month) => word(PLATFORM_KEYS, month.platform) }),
    month: t.exposeString('month', { description: '`2026-09`' }),
    action: t.field({ type: PlanAction, resolve: (month) => (month.toFetch > 0 ? 'FETCH' : 'SKIP') }),
    accounts: t.exposeInt('accounts'),
    slices: t.exposeInt('slices', { description: 'Accounts \u00d7 days.' }),
    slicesPresent: t.exposeInt('present'),
    slicesFinal: t.exposeInt('final', {
      description: 'Present, and the platform does not restate them any more.',
    }),
    slicesToFetch: t.exposeInt('toFetch'),
    estimatedCalls: t.exposeInt('calls'),
  }),
});

const EstimatedQuota = builder.objectRef<PlanQuota>('EstimatedQuota').implement({
  description: 'What a plan would take of a platform\u2019s quota.',
  fields: (t) => ({
    platform: t.field({ type: Platform, resolve: (quota) => word(PLATFORM_KEYS, quota.platform) }),
    unit: t.exposeString('unit', { description: 'What the platform counts: CALLS, or OPERATIONS.' }),
    amount: t.exposeInt('amount'),
  }),
});

const PlanObstacle = builder.objectRef<UnusableAccount>('UnusablePlanAccount').implement({
  description:
    'An account that cannot be read as things are. Its tasks fail, or wait until the pause is over.',
  fields: (t) => ({
    account: t.field({
      type: AdAccountNode,
      nullable: true,
      description: 'Null when it is gone since.',
      resolve: ({ accountId }, _args, ctx) => ctx.loaders.account.load(accountId),
    }),
    reason: t.exposeString('reason', { description: 'Why, and what to do about it.' }),
    pausedUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until then only patience is needed; null = somebody has to do something.',
      resolve: ({ pausedUntil }) => (pausedUntil === null ? null : new Date(pausedUntil)),
    }),
  }),
});

const ESTIMATE =
  'From the days, the rows a day of the account brought so far and the platform\u2019s page sizes. On a healthy account it is right ' +
  'to about a third; retries, answers that come in parts and days unlike the last ninety are not in it. Accounts of which nothing is ' +
  'stored yet are taken to bring 50 rows a day.';

export const Plan = builder.objectRef<PlanShape>('Plan').implement({
  description:
    'What a run would do, worked out without asking a platform. It can be carried out once, within an hour.',
  fields: (t) => ({
    id: t.id({ resolve: (plan) => encodeNodeId('Plan', plan.id) }),
    kind: t.field({ type: PlanKind, resolve: (plan) => plan.kind }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
    clients: t.int({ resolve: (plan) => plan.summary.clients }),
    accounts: t.int({ resolve: (plan) => plan.summary.accounts }),
    slices: t.int({ description: 'Accounts \u00d7 days.', resolve: (plan) => plan.summary.slices }),
    slicesPresent: t.int({
      description: 'Of these, stored already.',
      resolve: (plan) => plan.summary.slicesPresent,
    }),
    slicesToFetch: t.int({
      description:
        'Of these, to be read: by a sync all, by a backfill those that are missing or can still change.',
      resolve: (plan) => plan.summary.slicesToFetch,
    }),
    estimatedCalls: t.int({ description: ESTIMATE, resolve: (plan) => plan.summary.estimatedCalls }),
    estimatedQuota: t.field({
      type: [EstimatedQuota],
      description: 'By platform; as good as `estimatedCalls`.',
      resolve: (plan) => plan.summary.quota,
    }),
    months: t.field({
      type: [PlanMonth],
      description: 'Newest first, over all clients: the order in which a backfill reads them.',
      resolve: (plan) => plan.summary.months,
    }),
    unusableAccounts: t.field({ type: [PlanObstacle], resolve: (plan) => plan.summary.unusable }),
  }),
});

builder.mutationFields((t) => ({
  planSync: t.field({
    type: Plan,
    description:
      'What `triggerSync` with this input would read. Nothing is started, and no platform is asked.',
    authScopes: { admin: true },
    args: { input: t.arg({ type: TriggerSyncInput, required: true }) },
    resolve: (_root, { input }, ctx) => {
      const clientId = input.clientId ? readNodeId('Client', input.clientId) : null;
      return makeSyncPlan(ctx, { ...input, clientId });
    },
  }),
  startSync: t.field({
    type: SyncRun,
    description:
      'Carries a plan out; the same plan again is the same run. PLAN_STALE when the world moved on, with what did.',
    authScopes: { admin: true },
    args: { planId: t.arg.id({ required: true }) },
    resolve: async (_root, args, ctx) => {
      const planId = readNodeId('Plan', args.planId);
      return runOf(ctx, (await carryOut(ctx, { kind: 'SYNC', planId })).runId);
    },
  }),
}));
