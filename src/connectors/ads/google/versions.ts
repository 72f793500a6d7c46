import type { ApiVersion } from '../contract.ts';

/**
 * Google Ads API versions, from "Deprecation and sunset" and the sunset reminders on Google's ads blog. A major version
 * lives for about a year; its last day is announced some weeks before.
 */
export const GOOGLE_VERSIONS: readonly ApiVersion[] = [
  { version: 'v21', endsOn: '2026-08-05' },
  { version: 'v22', endsOn: '2026-10-07' },
  { version: 'v23', endsOn: null },
  { version: 'v24', endsOn: null },
  { version: 'v25', endsOn: null },
];

export const DEFAULT_GOOGLE_VERSION = 'v25';
