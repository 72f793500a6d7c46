import { z } from 'zod';
import { checkCredentials } from '../services/credentials/check.ts';
import { triggerCredentialCheck } from '../services/credentials/trigger.ts';
import { defineJob } from './define.ts';

/** Asks the platforms about every credential, daily, so that people hear of an end before it comes. */
export const credentialCheck = defineJob({
  kind: 'CREDENTIAL_CHECK',
  label: 'Credential check',
  parameters: z.strictObject({}),
  defaultSchedule: { cron: '20 6 * * *', timezone: 'UTC' },
  catchUp: 'LATEST',
  start: (ctx, { clientId, trigger, scheduleId }) =>
    triggerCredentialCheck(ctx, { clientId, trigger, scheduleId }),
  perform: (ctx, task) => checkCredentials(ctx, task),
});
