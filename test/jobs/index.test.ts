import { expect, it } from 'vitest';
import { JOBS, jobOf } from '../../src/jobs/index.ts';
import { JOB_KINDS } from '../../src/services/runs/kinds.ts';
import { checkCron } from '../../src/services/schedules/status.ts';

it.each(JOB_KINDS)('%s stands under its own name, and its defaults are right', (kind) => {
  const job = jobOf(kind);
  expect(job.kind).toBe(kind);
  expect(JOBS.get(kind)).toBe(job);
  expect(() => job.parameters.parse({})).not.toThrow();
  const { defaultSchedule } = job;
  if (defaultSchedule) {
    expect(() => checkCron(defaultSchedule.cron, defaultSchedule.timezone, new Date(0))).not.toThrow();
  }
});

it.each([{ days: 0 }, { days: 1101 }, { days: 1.5 }, { days: '3' }, { dayz: 3 }, { platform: 1 }])(
  'ADS_SYNC refuses %o',
  (parameters) => {
    expect(jobOf('ADS_SYNC').parameters.safeParse(parameters).success).toBe(false);
  },
);
