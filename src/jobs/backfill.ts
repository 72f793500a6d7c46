import { z } from 'zod';
import { backfillMonth, restOfMonth } from '../services/backfill/perform.ts';
import { triggerBackfill } from '../services/backfill/trigger.ts';
import { defineJob } from './define.ts';

const parameters = z.strictObject({
  /** How many calendar months back, the present one included; three when left out. */
  months: z.number().int().min(1).max(120).default(3),
  platform: z.string().optional(),
  /** Also days that are stored and can no longer change. */
  force: z.boolean().default(false),
});

/** Reads the history that is missing, newest months first, behind everything else. By hand unless somebody schedules it. */
export const backfill = defineJob({
  kind: 'BACKFILL',
  label: 'Backfill of history',
  parameters,
  defaultSchedule: null,
  catchUp: 'LATEST',
  start: (ctx, { parameters: { months, platform, force }, clientId, trigger, scheduleId }) =>
    triggerBackfill(ctx, {
      clientIds: clientId === null ? null : [clientId],
      months,
      platform,
      force,
      trigger,
      scheduleId,
    }),
  perform: (ctx, task) => backfillMonth(ctx, task),
  rest: (ctx, task) => restOfMonth(ctx, task),
});
