/** What happened in one cell, in whole numbers; money in minor units of the account's currency. */
export interface Metrics {
  impressions: number;
  spend: number;
  clicks: number;
  linkClicks: number;
  landingPageViews: number;
  reach: number;
  /** Reactions, comments and shares on top of link clicks. */
  engagements: number;
  videoPlays: number;
  leads: number;
  /** Leads counted by the pixel; they are among `leads`. */
  pixelLeads: number;
  purchases: number;
  purchaseValue: number;
  carts: number;
  checkouts: number;
}

export const NOTHING: Readonly<Metrics> = {
  impressions: 0,
  spend: 0,
  clicks: 0,
  linkClicks: 0,
  landingPageViews: 0,
  reach: 0,
  engagements: 0,
  videoPlays: 0,
  leads: 0,
  pixelLeads: 0,
  purchases: 0,
  purchaseValue: 0,
  carts: 0,
  checkouts: 0,
};

/** Adds into `sum`. Written out because it runs for every cell of every request. */
export function addMetrics(sum: Metrics, more: Readonly<Metrics>): void {
  sum.impressions += more.impressions;
  sum.spend += more.spend;
  sum.clicks += more.clicks;
  sum.linkClicks += more.linkClicks;
  sum.landingPageViews += more.landingPageViews;
  sum.reach += more.reach;
  sum.engagements += more.engagements;
  sum.videoPlays += more.videoPlays;
  sum.leads += more.leads;
  sum.pixelLeads += more.pixelLeads;
  sum.purchases += more.purchases;
  sum.purchaseValue += more.purchaseValue;
  sum.carts += more.carts;
  sum.checkouts += more.checkouts;
}

/** True when the cell is not worth a row: the platform answers with none, not with zeros. */
export function isNothing(metrics: Readonly<Metrics>): boolean {
  return Object.values(metrics).every((value) => value === 0);
}
