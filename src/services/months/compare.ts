import { DecimalSum } from '../../lib/money.ts';
import type { CampaignContent, MonthContent } from './content.ts';
import { keyOf } from './content.ts';
import type { AdjustmentCause } from './words.ts';

/** A figure of a FINAL month that would be another one today. */
export interface Adjustment {
  cause: AdjustmentCause;
  account: string;
  campaign: string;
  currency: string;
  /** `spend`, `conversions`, `goal:<name>`, `goal_value:<name>` … */
  metric: string;
  /** Null = the row was not there. */
  old: string | null;
  /** Null = the row is gone. */
  new: string | null;
}

/** What was noted of the month since it is FINAL: the figure as it was last known. */
export type Noted = Pick<Adjustment, 'account' | 'campaign' | 'currency' | 'metric' | 'new'>;

export interface Comparison {
  frozen: MonthContent;
  today: MonthContent;
  /** Oldest first. */
  noted: readonly Noted[];
  /** `keyOf` without the currency, of campaigns that lost an ad since the month is FINAL. */
  lostAds: ReadonlySet<string>;
}

type RowName = Pick<CampaignContent, 'account' | 'campaign' | 'currency'>;

/** What names a campaign in `lostAds`. */
export function campaignKey(row: Pick<CampaignContent, 'account' | 'campaign'>): string {
  return JSON.stringify([row.account, row.campaign]);
}

/**
 * What differs between a frozen month and today, beyond what was noted already; each adjustment goes from the figure as
 * it was last known to today's, so that together they are the whole drift. A row that vanished, and what fell with a
 * vanished ad, is DELETED_AD; conversions under other goals are CONFIGURATION; conversions that moved alone are
 * LATE_CONVERSIONS; anything else is a RESTATEMENT. Names are no figures: a rename is no adjustment.
 */
export function compareMonths({ frozen, today, noted, lostAds }: Comparison): Adjustment[] {
  const known = new Map(frozen.campaigns.map((row) => [keyOf(row), figuresOf(row)]));
  const present = new Map(today.campaigns.map((row) => [keyOf(row), figuresOf(row)]));
  const named: readonly RowName[] = [...noted, ...frozen.campaigns, ...today.campaigns];
  const rows = new Map(named.map((row) => [keyOf(row), row]));
  for (const note of noted) {
    const key = keyOf(note);
    const figures = known.get(key) ?? new Map<string, string>();
    known.set(key, note.new === null ? without(figures, note.metric) : figures.set(note.metric, note.new));
  }
  const reconfigured = JSON.stringify(frozen.goals) !== JSON.stringify(today.goals);
  return [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, { account, campaign, currency }]) => {
      const old = known.get(key) ?? NOTHING;
      const fresh = present.get(key) ?? NOTHING;
      const changed = changedMetrics(old, fresh);
      const lostAd = lostAds.has(campaignKey({ account, campaign }));
      const moved = { reconfigured, gone: !present.has(key), lostAd, delivery: changed.some(isDelivery) };
      return changed.map((metric) => ({
        cause: causeOf(metric, moved),
        ...{ account, campaign, currency, metric },
        old: old.get(metric) ?? null,
        new: fresh.get(metric) ?? null,
      }));
    });
}

const NOTHING: ReadonlyMap<string, string> = new Map();
const DELIVERY = ['spend', 'impressions', 'clicks', 'linkClicks'] as const;
const CONVERSIONS = ['conversions', 'conversionValue'] as const;

interface Moved {
  reconfigured: boolean;
  gone: boolean;
  lostAd: boolean;
  /** A figure of delivery moved, too. */
  delivery: boolean;
}

function causeOf(metric: string, moved: Moved): AdjustmentCause {
  if (moved.gone) return 'DELETED_AD';
  const ofDelivery = isDelivery(metric) || metric === 'reach';
  if (!ofDelivery && moved.reconfigured) return 'CONFIGURATION';
  if (moved.lostAd) return 'DELETED_AD';
  return ofDelivery || moved.delivery ? 'RESTATEMENT' : 'LATE_CONVERSIONS';
}

function isDelivery(metric: string): boolean {
  return DELIVERY.some((name) => name === metric);
}

function changedMetrics(old: ReadonlyMap<string, string>, fresh: ReadonlyMap<string, string>): string[] {
  const metrics = new Set([...old.keys(), ...fresh.keys()]);
  return [...metrics].filter((metric) => !isSame(old.get(metric) ?? '0', fresh.get(metric) ?? '0')).sort();
}

function isSame(a: string, b: string): boolean {
  return new DecimalSum().add(a).subtract(b).isZero();
}

function without(figures: Map<string, string>, metric: string): Map<string, string> {
  figures.delete(metric);
  return figures;
}

/** Every figure of a row, by metric. */
function figuresOf(row: CampaignContent): Map<string, string> {
  const figures = new Map<string, string>();
  for (const name of [...DELIVERY, ...CONVERSIONS]) figures.set(name, row[name]);
  if (row.reach !== null) figures.set('reach', row.reach);
  for (const [name, { count, value }] of Object.entries(row.goals)) {
    figures.set(`goal:${name}`, count);
    figures.set(`goal_value:${name}`, value);
  }
  return figures;
}
