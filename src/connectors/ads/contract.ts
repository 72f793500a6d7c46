import type { Day, DayRange } from '../../lib/days.ts';
import type { Secret } from '../../lib/secret.ts';

/** A decimal number as text, `-?digits[.digits]`, exact as the platform sent it. */
export type DecimalText = string;

/** What a call needs that is about the token itself. */
export interface TokenAccess {
  token: Secret;
  /** Ends the call early; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What a call needs to act for one account. */
export interface AccountAccess extends TokenAccess {
  /** The account's id on the platform, as people write it: `act_1000000001`, `1234567890`. */
  externalId: string;
  /** Google: the manager account to log in through. */
  loginCustomerId?: string;
}

/** An account as the platform describes it. */
export interface AccountDescription {
  externalId: string;
  name: string;
  /** ISO 4217. */
  currency: string;
  /** IANA. Every day of the account is a day in this zone. */
  timezone: string;
  /** The platform's word for its state, in capitals: `ACTIVE`, `DISABLED`, … */
  status: string;
}

export interface CredentialCheck {
  valid: boolean;
  scopes: string[];
  /** Null = never, or the platform does not say. */
  expiresAt: Date | null;
  /** Why it is not valid. */
  reason?: string;
  /** That it could spend budget, and what would be enough, for people; absent when it cannot. */
  spends?: string;
}

/** Campaigns, ad sets (Google: ad groups) and ads, archived and deleted ones included. Ids are the platform's. */
export interface Structure {
  campaigns: CampaignDescription[];
  adSets: AdSetDescription[];
  ads: AdDescription[];
}

export interface CampaignDescription {
  externalId: string;
  name: string;
  status: string;
  objective: string | null;
}

export interface AdSetDescription {
  externalId: string;
  campaignExternalId: string;
  name: string;
  status: string;
}

export interface AdDescription {
  externalId: string;
  adSetExternalId: string;
  campaignExternalId: string;
  name: string;
  status: string;
}

/** One action type of a row: how often, and what it was worth in the row's currency. */
export interface ActionCount {
  count: DecimalText;
  value: DecimalText;
}

/**
 * What the platform reports for one campaign or one ad on one day, at the moment it is asked.
 * CAMPAIGN rows are the truth; AD rows are detail and may not add up to them.
 * Metrics the platform left out are "0"; `reach` counts people of that day only and is never summed.
 */
export interface InsightRow {
  level: 'CAMPAIGN' | 'AD';
  date: Day;
  campaignExternalId: string;
  /** Names as reported, for objects the structure no longer lists. */
  campaignName: string | null;
  /** AD rows only. */
  adSetExternalId: string | null;
  adSetName: string | null;
  adExternalId: string | null;
  adName: string | null;
  /** ISO 4217, the account's currency on that day. */
  currency: string;
  /** In major units of the currency. */
  spend: DecimalText;
  impressions: DecimalText;
  clicks: DecimalText;
  linkClicks: DecimalText;
  reach: DecimalText | null;
  /** Keyed by the platform's action type, as reported: one event may stand under several. Never sum across keys. */
  actions: Record<string, ActionCount>;
}

/** A row that cannot be believed (not a number, negative, outside the asked days …): kept out, counted, told. */
export interface RejectedRow {
  reason: string;
}

export interface InsightPage {
  rows: InsightRow[];
  rejected: RejectedRow[];
}

/** A version of a platform's API. */
export interface ApiVersion {
  /** As the platform writes it: `v26.0`. */
  version: string;
  /** From this day on the platform refuses it; null while no date is known. */
  endsOn: Day | null;
}

/** An ordered list of action types; the first with a non-zero count is the goal's figure for a row. */
export interface GoalDefinition {
  name: string;
  actionTypes: string[];
}

/**
 * An ad network. Everything Tributary asks of one; nothing outside its folder names it.
 * All methods throw ConnectorError when the call fails for good; transient failures are retried inside.
 */
export interface AdPlatform {
  /** `META`, `GOOGLE`: the word in GraphQL, the CLI and the database. */
  key: string;
  label: string;
  /** The longest history it serves, in months before the account's today. */
  historyMonths: number;
  /** What it is spoken to in; absent when its API has no versions that end. */
  apiVersion?: ApiVersion;
  /** Goals a new client starts with; the first is the primary one. */
  defaultGoals: readonly GoalDefinition[];

  /** Days after which a slice no longer changes, counted from the slice's day. */
  restatementDays(access: AccountAccess): Promise<number>;
  checkCredential(access: TokenAccess): Promise<CredentialCheck>;
  /** The one account of `access`, or NOT reachable: ConnectorError FIX or REAUTHORIZE. */
  describeAccount(access: AccountAccess): Promise<AccountDescription>;
  /** Every account the token reaches. */
  listAccounts(access: AccountAccess): Promise<AccountDescription[]>;
  readStructure(access: AccountAccess): Promise<Structure>;
  /**
   * Daily rows of both levels for the days of `range` (both ends inclusive, account zone), page by page, in no
   * promised order. When the iteration ends normally the range is complete; when it throws, nothing of it counts.
   */
  readInsights(access: AccountAccess, range: DayRange): AsyncIterable<InsightPage>;
}
