import { z } from 'zod';
import type { Clock } from '../../../lib/clock.ts';
import type { DayRange } from '../../../lib/days.ts';
import { DEFAULT_RETRIES } from '../../../lib/retry.ts';
import type { RetryPolicy } from '../../../lib/retry.ts';
import type { Secret } from '../../../lib/secret.ts';
import { ConnectorError } from '../../errors.ts';
import type {
  AccountAccess,
  AccountDescription,
  AccountListing,
  AdPlatform,
  InsightPage,
  StructurePage,
  TokenLook,
} from '../contract.ts';
import type { Graph, GraphCall } from './api.ts';
import { createGraph } from './api.ts';
import { askPermissions, inspectToken } from './credential.ts';
import {
  ACCOUNT_FIELDS,
  AD_FIELDS,
  AD_INSIGHT_FIELDS,
  AD_SET_FIELDS,
  AD_SET_STATUSES,
  AD_STATUSES,
  CAMPAIGN_FIELDS,
  CAMPAIGN_INSIGHT_FIELDS,
  CAMPAIGN_STATUSES,
} from './fields.ts';
import { GOALS } from './goals.ts';
import { pages } from './pages.ts';
import { account, toAd, toAdSet, toCampaign } from './structure.ts';
import { toInsightPage } from './transform.ts';
import type { Usage } from './usage.ts';
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
  /** Told after every answer that carries usage headers. `accountId` is without `act_`. */
  onUsage?: (accountId: string, usage: readonly Usage[]) => void;
}

/** Insights of heavy accounts take Meta a minute and more. */
const TIMEOUT_MS = 120_000;
const PAGE_ROWS = 500;

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
    defaultGoals: GOALS,
    restatementDays: () => Promise.resolve(28),
    checkCredential: (access) =>
      appId !== undefined && appSecret !== undefined
        ? inspectToken(inTheAppsName, { id: appId, secret: appSecret }, access)
        : askPermissions(graph, access),
    describeAccount: (access) => describeAccount(graph, access),
    listAccounts: (access) => listAccounts(graph, access),
    readStructure: (access) => readStructure(graph, access),
    readInsights: (access, range) => readInsights(graph, access, range),
    breakdowns: [],
    goalTemplates: [],
    readAccountDays: () => Promise.resolve([]),
    readBreakdowns: () => {
      throw new ConnectorError('Meta breakdowns are not read yet.', { failure: 'FIX' });
    },
    readReach: () => Promise.resolve(null),
  };
}

async function describeAccount(graph: Graph, access: AccountAccess): Promise<AccountDescription> {
  const call = callFor(access, '', { fields: ACCOUNT_FIELDS.join(',') });
  return (await graph(call, account)).value;
}

async function listAccounts(graph: Graph, access: TokenLook): Promise<AccountListing> {
  const { token, signal } = access;
  const params = { fields: ACCOUNT_FIELDS.join(',') };
  const call: GraphCall = { path: 'me/adaccounts', params, limit: PAGE_ROWS, token, accountId: '', signal };
  const accounts = await readAll(graph, call, (row) => account.safeParse(row).data ?? null);
  return { accounts, unusable: [] };
}

async function* readStructure(graph: Graph, access: AccountAccess): AsyncGenerator<StructurePage> {
  const edge = (name: string, fields: readonly string[], statuses: readonly string[]): GraphCall => ({
    ...callFor(access, `/${name}`, { fields: fields.join(','), effective_status: JSON.stringify(statuses) }),
    limit: PAGE_ROWS,
  });
  yield {
    next: null,
    campaigns: await readAll(graph, edge('campaigns', CAMPAIGN_FIELDS, CAMPAIGN_STATUSES), toCampaign),
    adSets: await readAll(graph, edge('adsets', AD_SET_FIELDS, AD_SET_STATUSES), toAdSet),
    ads: await readAll(graph, edge('ads', AD_FIELDS, AD_STATUSES), toAd),
  };
}

/** Campaign rows first: they are the truth, ads are the detail. */
async function* readInsights(
  graph: Graph,
  access: AccountAccess,
  range: DayRange,
): AsyncGenerator<InsightPage> {
  yield* readLevel(graph, access, { level: 'CAMPAIGN', range });
  yield* readLevel(graph, access, { level: 'AD', range });
}

/** One level of a range, in one synchronous report. The place to choose an asynchronous one for wide ranges. */
async function* readLevel(
  graph: Graph,
  access: AccountAccess,
  asked: { level: 'CAMPAIGN' | 'AD'; range: DayRange },
): AsyncGenerator<InsightPage> {
  const fields = asked.level === 'AD' ? AD_INSIGHT_FIELDS : CAMPAIGN_INSIGHT_FIELDS;
  const call = callFor(access, '/insights', {
    level: asked.level.toLowerCase(),
    time_range: JSON.stringify({ since: asked.range.from, until: asked.range.to }),
    time_increment: '1',
    action_breakdowns: JSON.stringify(['action_type']),
    fields: fields.join(','),
  });
  for await (const rows of pages(graph, { ...call, limit: PAGE_ROWS })) {
    yield { ...toInsightPage(rows, { ...asked, accountId: call.accountId }), next: null };
  }
}

/** Everything of a list, each object once: a list that shifts while it is read shows some of them twice. */
async function readAll<T extends { externalId: string }>(
  graph: Graph,
  call: GraphCall,
  read: (row: unknown) => T | null,
): Promise<T[]> {
  const found = new Map<string, T>();
  for await (const rows of pages(graph, call)) {
    for (const row of rows) {
      const one = read(row);
      if (one) found.set(one.externalId, one);
    }
  }
  return [...found.values()];
}

const accountNumber = z.string().regex(/^(act_)?\d{1,30}$/);

function callFor(access: AccountAccess, edge: string, params: Record<string, string>): GraphCall {
  if (!accountNumber.safeParse(access.externalId).success) {
    throw new ConnectorError('A Meta ad account is written act_ and digits.', { failure: 'FIX' });
  }
  const accountId = access.externalId.replace('act_', '');
  return { path: `act_${accountId}${edge}`, params, token: access.token, accountId, signal: access.signal };
}
