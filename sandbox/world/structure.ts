import type { DayNumber, LocalMoment } from './days.ts';
import type { Metrics } from './metrics.ts';

/** What a campaign is for; decides its objective and what its clicks turn into. */
export type Purpose = 'sales' | 'leads' | 'traffic' | 'awareness';

/** PURGED: deleted and gone from every list, still inside the figures of its campaign. */
export type ObjectStatus = 'ACTIVE' | 'PAUSED' | 'ARCHIVED' | 'DELETED' | 'PURGED';

/** When an object delivers and what becomes of it afterwards. */
export interface Life {
  from: DayNumber;
  /** The last day with delivery; null = goes on. */
  to: DayNumber | null;
  /** Its status once `to` is over, and, when `finally` is set, from `finallyOn` on. */
  after: ObjectStatus;
  finally?: { on: DayNumber; status: ObjectStatus };
}

export interface Campaign {
  /** Place in `Account.campaigns`. */
  index: number;
  id: string;
  name: string;
  purpose: Purpose;
  life: Life;
  /** In minor units. */
  dailyBudget: number;
}

export interface AdSet {
  index: number;
  id: string;
  name: string;
  campaign: Campaign;
}

export interface Ad {
  index: number;
  id: string;
  name: string;
  adSet: AdSet;
  life: Life;
  /** Source of everything that is random about the ad. */
  key: number;
  /** Impressions of an ordinary day. */
  size: number;
  /** Share of days without delivery. */
  gaps: number;
  video: boolean;
}

/** An account with its whole structure, past and deleted objects included. */
export interface Account {
  externalId: string;
  name: string;
  currency: string;
  timezone: string;
  /** The Graph API's number: 1 active, 2 disabled, … */
  statusCode: number;
  /** No figures before this day. */
  firstDay: DayNumber;
  key: number;
  campaigns: Campaign[];
  adSets: AdSet[];
  ads: Ad[];
  /** One ad on one day as seen at a moment; null = not delivered. */
  deliver(ad: Ad, day: DayNumber, seen: LocalMoment): Readonly<Metrics> | null;
}

/** What a life amounts to on a day; null = does not exist yet. */
export function statusOn(life: Life, today: DayNumber): ObjectStatus | null {
  if (today < life.from) return null;
  if (life.finally !== undefined && today >= life.finally.on) return life.finally.status;
  return life.to !== null && today > life.to ? life.after : 'ACTIVE';
}

export function delivers(life: Life, day: DayNumber): boolean {
  return day >= life.from && (life.to === null || day <= life.to);
}

/** The id of an object: 18 digits, so that nobody gets away with reading it as a number. `ordinal` < 10,000,000. */
export function objectId(accountKey: number, kind: 1 | 2 | 3, ordinal: number): string {
  return `120${kind}${String(accountKey % 10_000_000).padStart(7, '0')}${String(ordinal).padStart(7, '0')}`;
}
