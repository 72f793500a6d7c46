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
  { version: 'v24.0', releasedOn: '2025-10-08', endsOn: '2026-10-06' },
  { version: 'v25.0', releasedOn: '2026-02-18', endsOn: null },
  { version: 'v26.0', releasedOn: '2026-07-29', endsOn: null },
];

export const DEFAULT_META_VERSION = 'v26.0';
