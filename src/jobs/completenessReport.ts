import { z } from 'zod';
import { mailCompleteness } from '../services/mails/completeness.ts';
import { triggerCompleteness } from '../services/mails/trigger.ts';
import { defineJob } from './define.ts';

/** Tells by mail what of the last week is there, on Mondays. */
export const completenessReport = defineJob({
  kind: 'COMPLETENESS_REPORT',
  label: 'Weekly report of completeness',
  parameters: z.strictObject({}),
  defaultSchedule: { cron: '0 8 * * 1', timezone: 'UTC' },
  catchUp: 'LATEST',
  start: (ctx, { trigger, scheduleId }) => triggerCompleteness(ctx, { trigger, scheduleId }),
  perform: (ctx, task) => mailCompleteness(ctx, task),
});
