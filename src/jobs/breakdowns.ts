import { z } from 'zod';
import { PLATFORM_KEYS } from '../connectors/ads/index.ts';
import { refreshBreakdowns } from '../services/breakdowns/refresh.ts';
import { triggerBreakdowns } from '../services/breakdowns/trigger.ts';
import { defineJob } from './define.ts';

const parameters = z.strictObject({
  /** How many days to read again, today included; 8 when left out, see services/breakdowns/trigger.ts. */
  days: z.number().int().min(1).max(400).optional(),
  platform: z.enum(PLATFORM_KEYS).optional(),
});

/** Reads demographics, placements, rankings and reach of every account. Daily, when the night is over in most zones. */
export const breakdowns = defineJob({
  kind: 'BREAKDOWNS',
  label: 'Breakdowns and reach',
  parameters,
  defaultSchedule: { cron: '20 4 * * *', timezone: 'UTC' },
  catchUp: 'LATEST',
  start: (ctx, { parameters: { days, platform }, clientId, trigger, scheduleId }) =>
    triggerBreakdowns(ctx, { clientId, platform, days, trigger, scheduleId }),
  perform: (ctx, task) => refreshBreakdowns(ctx, task),
});
