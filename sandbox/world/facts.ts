import { actionsOf } from './actions.ts';
import { dayText } from './days.ts';
import { moneyText, shortMoneyText } from './money.ts';
import type { Cell, Level } from './rollUp.ts';
import type { Account, AdSet, Campaign } from './structure.ts';

/** One row as plain facts, to compare with: metrics the wire leaves out are "0", money is exact decimal text. */
export interface FactRow {
  level: Level;
  /** `YYYY-MM-DD`, account zone. */
  date: string;
  /** Id of the level's object; for accounts `act_…`. */
  id: string;
  campaignId: string | null;
  adSetId: string | null;
  adId: string | null;
  /** Major units, as on the wire: `14.35`. */
  spend: string;
  impressions: string;
  clicks: string;
  linkClicks: string;
  /** Null when the platform reports none. */
  reach: string | null;
  /** Values like `90.5`; "0" where the platform reports none. */
  actions: Record<string, { count: string; value: string }>;
}

export interface Owners {
  campaign: Campaign | null;
  adSet: AdSet | null;
  ad: { id: string; name: string } | null;
}

/** The objects a cell stands in, from the campaign down to its own level. */
export function ownersOf(account: Account, level: Level, index: number): Owners {
  if (level === 'account') return { campaign: null, adSet: null, ad: null };
  if (level === 'campaign') return { campaign: account.campaigns[index] ?? null, adSet: null, ad: null };
  if (level === 'adset') {
    const adSet = account.adSets[index] ?? null;
    return { campaign: adSet?.campaign ?? null, adSet, ad: null };
  }
  const ad = account.ads[index] ?? null;
  return { campaign: ad?.adSet.campaign ?? null, adSet: ad?.adSet ?? null, ad };
}

export function factOf(account: Account, level: Level, cell: Cell): FactRow {
  const { campaign, adSet, ad } = ownersOf(account, level, cell.index);
  const { metrics } = cell;
  const actions: FactRow['actions'] = {};
  for (const { type, count, value } of actionsOf(metrics)) {
    actions[type] = { count: String(count), value: shortMoneyText(value, account.currency) };
  }
  return {
    level,
    date: dayText(cell.slice.from),
    id: (ad ?? adSet ?? campaign)?.id ?? account.externalId,
    campaignId: campaign?.id ?? null,
    adSetId: adSet?.id ?? null,
    adId: ad?.id ?? null,
    spend: metrics.spend === 0 ? '0' : moneyText(metrics.spend, account.currency),
    impressions: String(metrics.impressions),
    clicks: String(metrics.clicks),
    linkClicks: String(metrics.linkClicks),
    reach: metrics.reach === 0 ? null : String(metrics.reach),
    actions,
  };
}
