import type { BreakdownKind, BreakdownPage, ReachRow, BreakdownQuestion } from './breakdowns.ts';
import type { Day, DayRange } from '../../lib/days.ts';
import type { Secret } from '../../lib/secret.ts';
import type { CallCosts } from './costs.ts';

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
  /** Knows when the platform takes no calls for the account, and hears of it. Without one nobody remembers. */
  gate?: PauseGate;
}

/**
 * The pauses that a platform announces for one account. The connector asks before every call and tells what it hears;
 * the service behind it keeps them over restarts.
 */
export interface PauseGate {
  /** Until when no call may be made; null = it may. Throws REAUTHORIZE when the token has died: let it through. */
  closedUntil(): Date | null;
  /** An answer announced a pause. Must not be waited for longer than a write takes. */
  close(until: Date, reason: string): Promise<void>;
}

/** What a look around with a token needs. */
export interface TokenLook extends TokenAccess {
  /** Google: look only below this manager. */
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
  /** Google: the manager account through which the token reaches it; absent when directly. */
  loginCustomerId?: string;
}

/** What a token reaches. */
export interface AccountListing {
  accounts: AccountDescription[];
  /** Accounts that are there but cannot be read, each with its reason, for people. */
  unusable: { externalId: string; reason: string }[];
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

/**
 * Where a reading goes on after a page: JSON that only the connector understands (a level, a cursor, the id of a report
 * run …), without secrets. Kept with the page, so that after a kill no page is read twice. A bookmark that the platform
 * no longer takes makes the connector begin its list again: rows may then come twice, which the reader merges.
 */
export type Bookmark = Readonly<Record<string, unknown>>;

/** Part of a reading that went on somewhere else, in pages. */
export interface Page {
  /** What to hand in to go on after this page; null when it was the last. */
  next: Bookmark | null;
}

/**
 * A cell that the platform would not serve however little was asked. AD: that campaign's ads on that day (its total is
 * still known from the campaign row). CAMPAIGN: the whole day is unknown.
 */
export interface UnservedCell {
  level: 'CAMPAIGN' | 'AD';
  date: Day;
  /** Null = every campaign of the day. */
  campaignExternalId: string | null;
  /** For people. */
  reason: string;
}

export interface InsightPage extends Page {
  rows: InsightRow[];
  rejected: RejectedRow[];
  /** Absent = none. */
  unserved?: UnservedCell[];
}

/** Part of the structure; parents may come on another page than their children. */
export interface StructurePage extends Structure, Page {}

/** The account's own total of one day (level=account), in its currency. Days without delivery may be left out. */
export interface AccountDay {
  date: Day;
  currency: string;
  /** In major units. */
  spend: DecimalText;
  impressions: DecimalText;
  clicks: DecimalText;
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
  /** Settings that are not set and without which every call fails with FIX; absent or empty = it can be called. */
  unset?: readonly string[];
  costs?: CallCosts;
  /** Goals a new client starts with; the first is the primary one. */
  defaultGoals: readonly GoalDefinition[];

  /** The breakdowns it has; empty when none. */
  breakdowns: readonly BreakdownKind[];
  /** Goals that are ready to be taken, beyond the default ones: by name for people. */
  goalTemplates: readonly GoalTemplate[];

  /** Days after which a slice no longer changes, counted from the slice's day. */
  restatementDays(access: AccountAccess): Promise<number>;
  checkCredential(access: TokenAccess): Promise<CredentialCheck>;
  /** The one account of `access`, or NOT reachable: ConnectorError FIX or REAUTHORIZE. */
  describeAccount(access: AccountAccess): Promise<AccountDescription>;
  /** Every account the token reaches, managers left out. */
  listAccounts(access: TokenLook): Promise<AccountListing>;
  /** Campaigns, ad sets and ads, page by page; from the first page, or on from a bookmark of an earlier one. */
  readStructure(access: AccountAccess, from?: Bookmark): AsyncIterable<StructurePage>;
  /**
   * Daily rows of both levels for the days of `range` (both ends inclusive, account zone), page by page, in no
   * promised order; from the first page, or on from a bookmark of an earlier reading of the same range. When the
   * iteration ends normally the range is complete but for `unserved`; when it throws, it may go on from the last
   * bookmark.
   */
  readInsights(access: AccountAccess, range: DayRange, from?: Bookmark): AsyncIterable<InsightPage>;
  /** The account's own daily totals of the range, to compare the rows with. */
  readAccountDays(access: AccountAccess, range: DayRange): Promise<AccountDay[]>;
  /** One of `breakdowns`, daily, page by page. */
  readBreakdowns(access: AccountAccess, of: BreakdownQuestion, from?: Bookmark): AsyncIterable<BreakdownPage>;
  /** Reach of one window as a whole; null when the platform does not tell it. */
  readReach(access: AccountAccess, window: DayRange): Promise<ReachRow[] | null>;
}

/** A set of goals that fits a kind of business. */
export interface GoalTemplate {
  /** `BOOKING_FUNNEL`. */
  key: string;
  label: string;
  description: string;
  goals: readonly GoalDefinition[];
}
