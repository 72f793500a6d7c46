import { z } from 'zod';
import { performMonth } from '../services/months/perform.ts';
import { triggerSettle } from '../services/months/trigger.ts';
import { defineJob } from './define.ts';

/**
 * Goes on with the months that can still change until they are FINAL, tries those again that could not be closed, and
 * notes what drifted since. Daily at an hour that lies in the first day of a month, whatever the account's zone.
 */
export const monthSettle = defineJob({
  kind: 'MONTH_SETTLE',
  label: 'Settling of months',
  parameters: z.strictObject({}),
  defaultSchedule: { cron: '10 5 * * *', timezone: 'UTC' },
  catchUp: 'LATEST',
  start: (ctx, { clientId, trigger, scheduleId }) => triggerSettle(ctx, { clientId, trigger, scheduleId }),
  perform: (ctx, task) => performMonth(ctx, task),
});
