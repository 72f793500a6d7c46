import { z } from 'zod';
import { PLATFORM_KEYS } from '../connectors/ads/index.ts';
import { mailMonthSummary } from '../services/mails/monthSummary.ts';
import { isMonth } from '../services/months/calendar.ts';
import { performMonth } from '../services/months/perform.ts';
import { monthOfFire, triggerClose } from '../services/months/trigger.ts';
import { defineJob } from './define.ts';

const parameters = z.strictObject({
  /** `2026-09`; the month before the moment it is due when left out. */
  month: z.string().refine(isMonth, 'must be a month, such as 2026-09').optional(),
  platform: z.enum(PLATFORM_KEYS).optional(),
  force: z.boolean().default(false),
  dryRun: z.boolean().default(false),
});

/** Closes the month that has just ended, for every active client. Each moment counts: a month that was slept through too. */
export const monthClose = defineJob({
  kind: 'MONTH_CLOSE',
  label: 'Close of a month',
  parameters,
  defaultSchedule: { cron: '0 2 1 * *', timezone: 'UTC' },
  catchUp: 'EVERY',
  start: async (ctx, { parameters: { month, ...asked }, clientId, trigger, scheduleId, fireAt }) => {
    const closed = month ?? (await monthOfFire(ctx, scheduleId, fireAt));
    return triggerClose(ctx, { ...asked, month: closed, clientId }, { trigger, scheduleId });
  },
  onFinished: (ctx, sql, run) => mailMonthSummary(ctx, sql, run),
  perform: (ctx, task) => performMonth(ctx, task),
});
