import { z } from 'zod';
import { PLATFORM_KEYS } from '../connectors/ads/index.ts';
import { recomputeAccount } from '../services/goals/recompute.ts';
import { triggerRecompute } from '../services/goals/trigger.ts';
import { defineJob } from './define.ts';

/** Chooses goals anew from stored actions. Started by a change of goals; by a schedule only where somebody makes one. */
export const goals = defineJob({
  kind: 'GOALS',
  label: 'Goals computed anew',
  parameters: z.strictObject({ platform: z.enum(PLATFORM_KEYS).optional() }),
  defaultSchedule: null,
  catchUp: 'LATEST',
  start: (ctx, { parameters: { platform }, clientId, trigger, scheduleId }) =>
    triggerRecompute(ctx, {
      clientId,
      platforms: platform === undefined ? null : [platform],
      trigger,
      scheduleId,
    }),
  perform: (ctx, task) => recomputeAccount(ctx, task),
});
