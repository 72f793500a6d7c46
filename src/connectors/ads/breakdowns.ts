import type { Day, DayRange } from '../../lib/days.ts';
import type { DecimalText, ActionCount, Page, RejectedRow } from './contract.ts';

/** Ways to look into a campaign-day (RELEVANCE: an ad-day). The word in GraphQL and the database. */
export const BREAKDOWN_KINDS = ['DEMOGRAPHICS', 'PLACEMENTS', 'RELEVANCE'] as const;
export type BreakdownKind = (typeof BREAKDOWN_KINDS)[number];

/**
 * One part of a campaign-day, or of an ad-day. Parts need not add up to the whole, conversions least of all: nothing
 * is ever computed from them. RELEVANCE: `segments` holds the rankings, the figures are the ad-day's.
 */
export interface BreakdownRow {
  date: Day;
  campaignExternalId: string;
  adExternalId: string | null;
  /** `{ age: '25-34', gender: 'female' }`, `{ publisher_platform, platform_position }`, `{ quality_ranking, … }`. */
  segments: Readonly<Record<string, string>>;
  currency: string;
  spend: DecimalText;
  impressions: DecimalText;
  clicks: DecimalText;
  linkClicks: DecimalText;
  actions: Record<string, ActionCount>;
}

export interface BreakdownPage extends Page {
  rows: BreakdownRow[];
  rejected: RejectedRow[];
  /** Days that the platform would not serve whole however little was asked; the reason is for people. Absent = none. */
  unserved?: { range: DayRange; reason: string }[];
}

/** People reached in a whole window: by the account, and by each campaign. Never summed. */
export interface ReachRow {
  /** Null = the account as a whole. */
  campaignExternalId: string | null;
  reach: DecimalText;
  impressions: DecimalText;
  /** As the platform says it; null when it does not. */
  frequency: DecimalText | null;
}

export interface BreakdownQuestion {
  kind: BreakdownKind;
  range: DayRange;
}
