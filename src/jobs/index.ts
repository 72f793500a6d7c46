import type { JobKind } from '../services/runs/kinds.ts';
import { adsSync } from './adsSync.ts';
import { backfill } from './backfill.ts';
import { breakdowns } from './breakdowns.ts';
import { completenessReport } from './completenessReport.ts';
import { credentialCheck } from './credentialCheck.ts';
import type { JobDefinition, JobRegistry } from './define.ts';
import { goals } from './goals.ts';
import { mails } from './mails.ts';
import { monthClose } from './monthClose.ts';
import { monthSettle } from './monthSettle.ts';

/** Every job, one line each. */
const BY_KIND: Readonly<Record<JobKind, JobDefinition<unknown>>> = {
  ADS_SYNC: adsSync,
  BACKFILL: backfill,
  BREAKDOWNS: breakdowns,
  COMPLETENESS_REPORT: completenessReport,
  CREDENTIAL_CHECK: credentialCheck,
  GOALS: goals,
  MAILS: mails,
  MONTH_CLOSE: monthClose,
  MONTH_SETTLE: monthSettle,
};

export const JOBS: JobRegistry = new Map(Object.entries(BY_KIND));

export function jobOf(kind: JobKind): JobDefinition<unknown> {
  return BY_KIND[kind];
}
