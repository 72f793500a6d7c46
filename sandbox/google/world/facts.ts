import { dayText, type DayNumber } from '../../world/days.ts';
import type { GoogleLevel, Place } from './collect.ts';
import type { Figures } from './deliver.ts';
import type { Customer } from './structure.ts';

/** What one conversion action brought: decimal texts, values in major units. `count` and `value` are of `conversions`. */
export interface ActionFact {
  name: string;
  count: string;
  value: string;
  allCount: string;
  allValue: string;
}

/** One row as plain facts, to compare with: metrics the wire leaves out are "0", numbers are exact decimal texts. */
export interface GoogleFactRow {
  level: GoogleLevel;
  /** `YYYY-MM-DD`, zone of the customer. */
  date: string;
  /** Id of the level's object; the customer's own for accounts. */
  id: string;
  campaignId: string | null;
  adGroupId: string | null;
  adId: string | null;
  costMicros: string;
  /** The cost in major units, without needless zeros: `14.3`. */
  spend: string;
  impressions: string;
  clicks: string;
  conversions: string;
  conversionsValue: string;
  allConversions: string;
  allConversionsValue: string;
  viewThroughConversions: string;
  /** By id of the conversion action; those without conversions are left out. */
  actions: Record<string, ActionFact>;
}

/** Millionths as decimal text without needless zeros: 2500000 is `2.5`. */
export function microsText(micros: number | bigint): string {
  const text = String(micros).padStart(7, '0');
  return `${text.slice(0, -6)}.${text.slice(-6)}`.replace(/\.?0+$/, '');
}

/** Sums by conversion action; with `primary`, only of those that count in `metrics.conversions`. */
export function sumOf({ actions }: Customer, counts: readonly number[], primary: boolean): number {
  return actions.reduce(
    (sum, action) => sum + (primary && !action.primary ? 0 : (counts[action.index] ?? 0)),
    0,
  );
}

export function factOf(
  customer: Customer,
  cell: { place: Place; level: GoogleLevel; day: DayNumber; figures: Figures },
): GoogleFactRow {
  const { place, level, day, figures } = cell;
  const { campaign, adGroup, ad } = place;
  const sum = (counts: readonly number[], primary: boolean): string =>
    microsText(sumOf(customer, counts, primary));
  return {
    level,
    date: dayText(day),
    id: (ad ?? adGroup ?? campaign ?? customer).id,
    campaignId: campaign?.id ?? null,
    adGroupId: adGroup?.id ?? null,
    adId: ad?.id ?? null,
    costMicros: String(figures.costMicros),
    spend: microsText(figures.costMicros),
    impressions: String(figures.impressions),
    clicks: String(figures.clicks),
    conversions: sum(figures.conversions, true),
    conversionsValue: sum(figures.values, true),
    allConversions: sum(figures.conversions, false),
    allConversionsValue: sum(figures.values, false),
    viewThroughConversions: String(figures.viewThroughs),
    actions: actionsOf(customer, figures),
  };
}

function actionsOf({ actions }: Customer, { conversions, values }: Figures): GoogleFactRow['actions'] {
  const facts: GoogleFactRow['actions'] = {};
  for (const { id, name, index, primary } of actions) {
    const count = conversions[index] ?? 0;
    if (count === 0) continue;
    const allCount = microsText(count);
    const allValue = microsText(values[index] ?? 0);
    const [own, worth] = primary ? [allCount, allValue] : ['0', '0'];
    facts[id] = { name, count: own, value: worth, allCount, allValue };
  }
  return facts;
}
