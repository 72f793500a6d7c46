import type { Day } from '../../../lib/days.ts';
import type { ApiVersion } from '../contract.ts';

export interface MetaVersion extends ApiVersion {
  releasedOn: Day;
}

/**
 * Marketing API versions, from "Graph API and Marketing API versions" and the Marketing API changelog of Meta.
 * Marketing API versions end long before Graph API versions of the same number, with at least 90 days' notice.
 */
export const META_VERSIONS: readonly MetaVersion[] = [
  { version: 'v21.0', releasedOn: '2024-10-02', endsOn: '2025-09-09' },
  // All versions before v24.0 ended on that day at the latest.
  { version: 'v22.0', releasedOn: '2025-01-21', endsOn: '2026-06-09' },
  { version: 'v23.0', releasedOn: '2025-05-29', endsOn: '2026-06-09' },
  { version: 'v24.0', releasedOn: '2025-10-08', endsOn: '2026-10-06' },
  { version: 'v25.0', releasedOn: '2026-02-18', endsOn: null },
  { version: 'v26.0', releasedOn: '2026-07-29', endsOn: null },
];

export const DEFAULT_META_VERSION = 'v26.0';
