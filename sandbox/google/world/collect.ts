import type { DayNumber, LocalMoment } from '../../world/days.ts';
import { addFigures, figuresOf, nothing, type Figures } from './deliver.ts';
import type { Ad, AdGroup, Campaign, Customer } from './structure.ts';
import { stateOn } from './structure.ts';

export const GOOGLE_LEVELS = ['account', 'campaign', 'adgroup', 'ad'] as const;
export type GoogleLevel = (typeof GOOGLE_LEVELS)[number];

/** An object of a level, and what its figures are made of. */
export interface Place {
  campaign: Campaign | null;
  adGroup: AdGroup | null;
  ad: Ad | null;
  sources: readonly Ad[];
}

/** The objects of a level that exist on a day, removed ones included. */
export function placesOf(customer: Customer, level: GoogleLevel, today: DayNumber): Place[] {
  const none = { campaign: null, adGroup: null, ad: null };
  const exists = ({ life }: Campaign): boolean => stateOn(life, today) !== null;
  if (level === 'account') return [{ ...none, sources: customer.ads }];
  if (level === 'campaign') {
    return customer.campaigns
      .filter(exists)
      .map((campaign) => ({ ...none, campaign, sources: campaign.ads }));
  }
  if (level === 'adgroup') {
    return customer.adGroups
      .filter(({ campaign }) => exists(campaign))
      .map((adGroup) => ({ campaign: adGroup.campaign, adGroup, ad: null, sources: adGroup.ads }));
  }
  return customer.ads
    .filter((ad) => ad.listed && exists(ad.campaign))
    .map((ad) => ({ campaign: ad.campaign, adGroup: ad.adGroup, ad, sources: [ad] }));
}

/** A stretch of days, both ends inclusive, and how it is cut: days of one period make one cell. */
export interface Stretch {
  from: DayNumber;
  to: DayNumber;
  periodOf(day: DayNumber): DayNumber;
}

/** The figures of a place by period, in the order of time; periods without delivery are left out. */
export function collect(
  customer: Customer,
  { place, stretch }: { place: Place; stretch: Stretch },
  seen: LocalMoment,
): Map<DayNumber, Figures> {
  const cells = new Map<DayNumber, Figures>();
  const last = Math.min(stretch.to, seen.today);
  for (let day = Math.max(stretch.from, customer.firstDay); day <= last; day++) {
    for (const ad of place.sources) {
      const figures = figuresOf(customer, { ad, day, seen });
      if (figures === null) continue;
      const period = stretch.periodOf(day);
      const sum = cells.get(period) ?? nothing(customer);
      if (!cells.has(period)) cells.set(period, sum);
      addFigures(sum, figures);
    }
  }
  return cells;
}
