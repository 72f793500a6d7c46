import { z } from 'zod';
import type { Clock } from '../../../lib/clock.ts';
import type { RetryPolicy } from '../../../lib/retry.ts';
import { DEFAULT_RETRIES } from '../../../lib/retry.ts';
import type { Secret } from '../../../lib/secret.ts';
import { ConnectorError } from '../../errors.ts';
import type { AccountAccess, AdPlatform, CredentialCheck, TokenAccess } from '../contract.ts';
import { customerAccess, describeAccount, listAccounts } from './accounts.ts';
import type { AdsApi } from './api.ts';
import { createApi } from './api.ts';
import type { Desk } from './desk.ts';
import { createDesk } from './desk.ts';
import { accountDaysQuery, CLICK_WINDOWS_QUERY } from './fields.ts';
import { GOAL_TEMPLATES, GOALS } from './goals.ts';
import { checkCredential } from './oauth.ts';
import { readInsights, readStructure } from './read.ts';
import { createAccessTokens } from './token.ts';
import { toAccountDays } from './transform.ts';
import { GOOGLE_VERSIONS } from './versions.ts';

export interface GoogleOptions {
  /** `https://googleads.googleapis.com`, or the sandbox. */
  adsUrl: string;
  /** `v25`. */
  apiVersion: string;
  /** Absent = Google's own. */
  oauthUrl?: string | undefined;
  /** All three are needed for any call. */
  clientId?: string | undefined;
  clientSecret?: Secret | undefined;
  developerToken?: Secret | undefined;
  now: Clock;
  retries?: RetryPolicy;
  /** For one answer, its body included. */
  timeoutMs?: number;
}

/** Reports of large accounts take Google a minute and more. */
const TIMEOUT_MS = 120_000;
/** ConversionAction.click_through_lookback_window_days: 30 unless it was set, from 1 to 90. */
const DEFAULT_WINDOW_DAYS = 30;
const LONGEST_WINDOW_DAYS = 90;

/**
 * The Google Ads API over REST. History: since June 2026 daily figures are kept for 37 months ("Deprecations", data
 * retention policy; DateRangeError.REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED).
 */
export function createGoogle(options: GoogleOptions): AdPlatform {
  const { open, unset } = connect(options);
  const reading = (access: AccountAccess) => ({ api: open().api, access: customerAccess(access) });
  return {
    key: 'GOOGLE',
    label: 'Google Ads',
    historyMonths: 37,
    apiVersion: {
      version: options.apiVersion,
      endsOn: GOOGLE_VERSIONS.find(({ version }) => version === options.apiVersion)?.endsOn ?? null,
    },
    unset,
    // Every query is an operation, however much it brings: conversion windows and three lists; conversions and
    // metrics of two levels, and the account's own totals.
    costs: { unit: 'OPERATIONS', perTask: 4, perWindow: 5, rowsPerCall: null },
    defaultGoals: GOALS,
    goalTemplates: GOAL_TEMPLATES,
    breakdowns: [],
    restatementDays: async (access) => {
      const { api, access: own } = reading(access);
      return longestWindow(await api.search(own, CLICK_WINDOWS_QUERY));
    },
    checkCredential: async (access) => {
      const { api, desk } = open();
      return checkReach(api, desk, access);
    },
    describeAccount: async (access) => describeAccount(open().api, access),
    listAccounts: async (look) => listAccounts(open().api, look),
    readStructure: (access, from) => later(() => readStructure(reading(access), from)),
    readInsights: (access, range, from) => later(() => readInsights(reading(access), range, from)),
    readAccountDays: async (access, range) => {
      const { api, access: own } = reading(access);
      const { customerId } = own;
      return toAccountDays(await api.search(own, accountDaysQuery(range)), { range, customerId });
    },
    readBreakdowns: () => {
      throw new ConnectorError('Google Ads has no breakdowns here.', { failure: 'FIX' });
    },
    readReach: () => Promise.resolve(null),
  };
}

interface Open {
  api: AdsApi;
  desk: Desk;
}

/** The API, or the settings it lacks: then every call fails with FIX. */
function connect(options: GoogleOptions): { open: () => Open; unset: string[] } {
  const { clientId, clientSecret, developerToken, now, retries = DEFAULT_RETRIES } = options;
  if (clientId === undefined || clientSecret === undefined || developerToken === undefined) {
    const unset = unsetOf(options);
    const message = `Google Ads needs settings of this server that are missing: set ${unset.join(', ')}.`;
    const open = (): never => {
      throw new ConnectorError(message, { failure: 'FIX' });
    };
    return { open, unset };
  }
  const desk = createDesk({ oauthUrl: options.oauthUrl, clientId, clientSecret, now });
  const tokens = createAccessTokens(desk, { now, retries });
  const { adsUrl, apiVersion, timeoutMs = TIMEOUT_MS } = options;
  const api = createApi({ adsUrl, apiVersion, developerToken, tokens, now, retries, timeoutMs });
  return { open: () => ({ api, desk }), unset: [] };
}

function unsetOf({ clientId, clientSecret, developerToken }: GoogleOptions): string[] {
  const settings = {
    GOOGLE_CLIENT_ID: clientId,
    GOOGLE_CLIENT_SECRET: clientSecret,
    GOOGLE_DEVELOPER_TOKEN: developerToken,
  };
  return Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [name] : []));
}

/** Fails when it is read, not when it is asked for. */
async function* later<T>(start: () => AsyncIterable<T>): AsyncGenerator<T> {
  yield* start();
}

/** An authorisation is good when it can still be exchanged and what it is exchanged for reaches Google Ads. */
async function checkReach(api: AdsApi, desk: Desk, access: TokenAccess): Promise<CredentialCheck> {
  const check = await checkCredential(desk, access);
  if (!check.valid) return check;
  try {
    const reached = await api.accessibleCustomers(access);
    if (reached.length > 0) return check;
    return { ...check, valid: false, reason: 'The Google account has no access to any Google Ads account.' };
  } catch (error) {
    if (error instanceof ConnectorError && error.concerns === 'CREDENTIAL')
      return { ...check, valid: false, reason: error.message };
    throw error;
  }
}

const windowRow = z.object({
  conversionAction: z.object({
    clickThroughLookbackWindowDays: z
      .union([z.string().regex(/^\d{1,3}$/), z.number().int()])
      .transform(Number),
  }),
});

function longestWindow(rows: readonly unknown[]): number {
  const days = rows.flatMap(
    (row) => windowRow.safeParse(row).data?.conversionAction.clickThroughLookbackWindowDays ?? [],
  );
  const longest = days.length === 0 ? DEFAULT_WINDOW_DAYS : Math.max(...days);
  return Math.max(1, Math.min(longest, LONGEST_WINDOW_DAYS));
}
