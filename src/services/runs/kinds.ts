/** Every kind of job, in GraphQL as `JobType`. jobs/index.ts has one definition for each, or does not compile. */
export const JOB_KINDS = [
  'ADS_SYNC',
  'BACKFILL',
  'BREAKDOWNS',
  'COMPLETENESS_REPORT',
  'CREDENTIAL_CHECK',
  'GOALS',
  'MAILS',
  'MONTH_CLOSE',
  'MONTH_SETTLE',
] as const;
export type JobKind = (typeof JOB_KINDS)[number];
