import { z } from 'zod';
import { PLATFORM_KEYS } from '../connectors/ads/index.ts';
import { syncAccount } from '../services/sync/account.ts';
import { restOfSync } from '../services/sync/rest.ts';
import { triggerSync } from '../services/sync/trigger.ts';
import { defineJob } from './define.ts';

const parameters = z.strictObject({
  /** How many days to read again, today included; 30 when left out, which covers what can still change. */
  days: z.number().int().min(1).max(1100).optional(),
  platform: z.enum(PLATFORM_KEYS).optional(),
});

/** Reads the days that can still change, of every account. Hourly, off the full hour when everybody calls. */
export const adsSync = defineJob({
  kind: 'ADS_SYNC',
  label: 'Ad platform sync',
  parameters,
  defaultSchedule: { cron: '5 * * * *', timezone: 'UTC' },
  catchUp: 'LATEST',
  start: (ctx, { parameters: { days, platform }, clientId, trigger, scheduleId }) =>
    triggerSync(ctx, {
      ...(clientId === null ? {} : { clientId }),
      ...(platform === undefined ? {} : { platform }),
      ...(days === undefined ? {} : { days }),
      trigger,
      scheduleId,
    }),
  perform: (ctx, task) => syncAccount(ctx, task),
  rest: (ctx, task) => restOfSync(ctx, task),
});
