import { z } from 'zod';
import { performMails } from '../services/mails/perform.ts';
import { triggerMails } from '../services/mails/trigger.ts';
import { defineJob } from './define.ts';

/** Sends the outbox, every minute. */
export const mails = defineJob({
  kind: 'MAILS',
  label: 'Mails',
  parameters: z.strictObject({}),
  defaultSchedule: { cron: '* * * * *', timezone: 'UTC' },
  catchUp: 'LATEST',
  start: (ctx, { trigger, scheduleId }) => triggerMails(ctx, { trigger, scheduleId }),
  perform: (ctx, task) => performMails(ctx, task),
});
