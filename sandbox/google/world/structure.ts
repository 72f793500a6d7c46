import type { DayNumber } from '../../world/days.ts';
import { statusOn, type Life } from '../../world/structure.ts';

export type Channel = 'SEARCH' | 'DISPLAY' | 'PERFORMANCE_MAX';
export type CustomerStatus = 'ENABLED' | 'CANCELED' | 'SUSPENDED' | 'CLOSED';
export type ObjectState = 'ENABLED' | 'PAUSED' | 'REMOVED';

/** What a customer counts as a conversion, and how long after the click it still does. */
export interface ConversionAction {
  index: number;
  id: string;
  name: string;
  /** `PURCHASE`, `SUBMIT_LEAD_FORM`, … */
  category: string;
  /** Days, 7-90. */
  clickWindow: number;
  /** Only primary actions count in `metrics.conversions`; all count in `metrics.all_conversions`. */
  primary: boolean;
  /** Conversions for each click. */
  rate: number;
  /** Whether its conversions are worth something. */
  valued: boolean;
}

export interface Campaign {
  index: number;
  id: string;
  budgetId: string;
  name: string;
  channel: Channel;
  life: Life;
  /** In millionths of the currency. */
  budgetMicros: number;
  /** Everything that delivers for it, hidden ads included. */
  ads: Ad[];
}

export interface AdGroup {
  index: number;
  id: string;
  name: string;
  campaign: Campaign;
  ads: Ad[];
}

/** What delivers. */
export interface Ad {
  index: number;
  id: string;
  /** Null = it has none, as responsive search ads. */
  name: string | null;
  campaign: Campaign;
  /** Null in Performance Max, which has no ad groups. */
  adGroup: AdGroup | null;
  /** False = its figures are only in its campaign (and ad group). */
  listed: boolean;
  life: Life;
  /** Source of everything that is random about it. */
  key: number;
  /** Impressions of an ordinary day. */
  size: number;
  /** Share of days without delivery. */
  gaps: number;
}

/** An account, or a manager of accounts. */
export interface Customer {
  /** Ten digits. */
  id: string;
  name: string;
  currency: string;
  timezone: string;
  status: CustomerStatus;
  manager: boolean;
  /** The manager above it; null = people log in to it directly. */
  managerId: string | null;
  /** Nobody may read it, however they log in. */
  denied: boolean;
  /** No figures before this day. */
  firstDay: DayNumber;
  key: number;
  actions: ConversionAction[];
  campaigns: Campaign[];
  adGroups: AdGroup[];
  ads: Ad[];
}

const STATES: Record<string, ObjectState> = { ACTIVE: 'ENABLED', PAUSED: 'PAUSED' };

/** Null = not created yet. */
export function stateOn(life: Life, today: DayNumber): ObjectState | null {
  const status = statusOn(life, today);
  return status === null ? null : (STATES[status] ?? 'REMOVED');
}
