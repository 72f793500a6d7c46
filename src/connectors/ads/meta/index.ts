import type { Clock } from '../../../lib/clock.ts';
import { DEFAULT_RETRIES } from '../../../lib/retry.ts';
import type { RetryPolicy } from '../../../lib/retry.ts';
import type { Secret } from '../../../lib/secret.ts';
import type { AdPlatform } from '../contract.ts';
import { BREAKDOWN_KINDS } from '../breakdowns.ts';
import { describeAccount, listAccounts } from './accounts.ts';
import { createGraph } from './api.ts';
import { PAGE_ROWS } from './calls.ts';
import { readBreakdowns } from './breakdowns.ts';
import { askPermissions, inspectToken } from './credential.ts';
import { readStructure } from './edges.ts';
import { GOAL_TEMPLATES, GOALS } from './goals.ts';
import { readAccountDays, readInsights, readReach } from './insights.ts';
import type { Desk } from './reading.ts';
import type { Patience } from './report.ts';
import { PATIENCE } from './report.ts';
import { META_VERSIONS } from './versions.ts';

export interface MetaOptions {
  /** `https://graph.facebook.com`, or the sandbox. */
  graphUrl: string;
  /** `v26.0`. */
  apiVersion: string;
  /** With both, calls carry a proof and credentials are checked through `/debug_token`, which knows their expiry. */
  appId?: string | undefined;
  appSecret?: Secret | undefined;
  now: Clock;
  retries?: RetryPolicy;
  /** For one answer, its body included. */
  timeoutMs?: number;
  /** How reports that Meta makes in the background are waited for. */
  patience?: Patience;
  /** Insights of up to so many days are asked for at once, of more by a report. */
  syncDays?: number;
}

/** Insights of heavy accounts take Meta a minute and more. */
const TIMEOUT_MS = 120_000;
const SYNC_DAYS = 7;

/**
 * Meta's Marketing API. History 37 months and restatement 28 days: "Insights API Best Practices".
 */
export function createMeta(options: MetaOptions): AdPlatform {
  const graphOptions = {
    ...options,
    retries: options.retries ?? DEFAULT_RETRIES,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
  };
  const graph = createGraph(graphOptions);
  const { patience = PATIENCE, syncDays = SYNC_DAYS } = options;
  const desk: Desk = { graph, patience, syncDays };
  const { appId, appSecret } = options;
  const inTheAppsName = createGraph({ ...graphOptions, appSecret: undefined });
  return {
    key: 'META',
    label: 'Meta',
    historyMonths: 37,
    apiVersion: {
      version: options.apiVersion,
      endsOn: META_VERSIONS.find(({ version }) => version === options.apiVersion)?.endsOn ?? null,
    },
    // Three edges; campaigns and the account's own totals beside the pages of ads.
    costs: { unit: 'CALLS', perTask: 3, perWindow: 2, rowsPerCall: PAGE_ROWS },
    defaultGoals: GOALS,
    restatementDays: () => Promise.resolve(28),
    checkCredential: (access) =>
      appId !== undefined && appSecret !== undefined
        ? inspectToken(inTheAppsName, { id: appId, secret: appSecret }, access)
        : askPermissions(graph, access),
    describeAccount: (access) => describeAccount(graph, access),
    listAccounts: (access) => listAccounts(graph, access),
    readStructure: (access, from) => readStructure(graph, access, from),
    readInsights: (access, range, from) => readInsights(desk, access, { range, from }),
    breakdowns: BREAKDOWN_KINDS,
    goalTemplates: GOAL_TEMPLATES,
    readAccountDays: (access, range) => readAccountDays(desk, access, range),
    readBreakdowns: (access, asked, from) => readBreakdowns(desk, access, { asked, from }),
    readReach: (access, window) => readReach(desk, access, window),
  };
}
