import { adsSync } from './adsSync.ts';
import type { JobDefinition, JobRegistry } from './define.ts';

/** Every job, one line each. */
const BY_KIND = {
  ADS_SYNC: adsSync,
} as const;

export type JobKind = keyof typeof BY_KIND;

export const JOB_KINDS = Object.keys(BY_KIND) as readonly JobKind[];

export const JOBS: JobRegistry = new Map<string, JobDefinition<unknown>>(Object.entries(BY_KIND));

export function jobOf(kind: JobKind): JobDefinition<unknown> {
  return BY_KIND[kind];
}
