/*
 * The words the database allows, in one place: each list equals a CHECK in the migrations (a test compares them),
 * and the GraphQL enums are made from them.
 */
export const RUN_STATUSES = [
  'QUEUED',
  'RUNNING',
  'SUCCEEDED',
  'PARTIAL',
  'FAILED',
  'CANCELLED',
  'SKIPPED',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const RUN_TRIGGERS = ['SCHEDULE', 'MANUAL', 'WEBHOOK', 'CATCH_UP', 'RETRY'] as const;
export type RunTrigger = (typeof RUN_TRIGGERS)[number];

export const TASK_STATUSES = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'SKIPPED'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export const SLICE_STATUSES = ['OK', 'SUSPECT', 'FAILED'] as const;

export const RUN_LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type RunLogLevel = (typeof RUN_LOG_LEVELS)[number];

/** TOKEN: given by hand for one account. OAUTH: connected in a browser, for all accounts of the client. */
export const CREDENTIAL_KINDS = ['TOKEN', 'OAUTH'] as const;

export const CREDENTIAL_STATUSES = ['VALID', 'EXPIRED', 'REVOKED'] as const;
export type CredentialStatus = (typeof CREDENTIAL_STATUSES)[number];

export const ROLES = ['ADMIN', 'VIEWER'] as const;
export type Role = (typeof ROLES)[number];

/** NOT_SENT: no mail server is set. SKIPPED: nobody to send it to. HELD: until somebody lets it go. */
export const MAIL_STATUSES = ['QUEUED', 'SENT', 'NOT_SENT', 'SKIPPED', 'HELD', 'FAILED'] as const;
export type MailStatus = (typeof MAIL_STATUSES)[number];

/** How firm the books of a month are. */
export const MONTH_STATES = ['OPEN', 'PROVISIONAL', 'FINAL', 'REOPENED'] as const;
export type MonthState = (typeof MONTH_STATES)[number];

export const MONTH_QUALITIES = ['RICH', 'POOR', 'MISSING', 'NOT_EXPECTED'] as const;
export type MonthQuality = (typeof MONTH_QUALITIES)[number];

/** A run in one of these is over and will not change again. */
const OPEN_RUN_STATUSES: readonly RunStatus[] = ['QUEUED', 'RUNNING'];

export function isFinished(status: RunStatus): boolean {
  return !OPEN_RUN_STATUSES.includes(status);
}
