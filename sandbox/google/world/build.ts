import type { WorldFrame } from '../../world/build.ts';
import { keyOf, mix, unit } from '../../world/random.ts';
import { unitsPerDollar } from '../../world/money.ts';
import type { Life } from '../../world/structure.ts';
import type { Ad, AdGroup, Campaign, Channel, ConversionAction, Customer } from './structure.ts';

/** What a new conversion action is told; the rest follows from its category. */
export interface ActionPlan {
  name: string;
  category: string;
  /** Days, 7-90. */
  clickWindow: number;
  /** Default true. */
  primary?: boolean;
}

/** Windows of every length; the longest decides how long a day can change. */
export const USUAL_ACTIONS: readonly ActionPlan[] = [
  { name: 'Purchase', category: 'PURCHASE', clickWindow: 30 },
  { name: 'Lead form', category: 'SUBMIT_LEAD_FORM', clickWindow: 60 },
  { name: 'Phone call', category: 'PHONE_CALL_LEAD', clickWindow: 7 },
  { name: 'Contact page', category: 'PAGE_VIEW', clickWindow: 30, primary: false },
];

const RATES: Record<string, number> = { PURCHASE: 0.035, SUBMIT_LEAD_FORM: 0.04, PHONE_CALL_LEAD: 0.015 };

export type CustomerHead = Pick<Customer, 'id' | 'name' | 'currency' | 'timezone'> &
  Partial<Pick<Customer, 'status' | 'manager' | 'managerId' | 'denied'>>;

/** A customer without campaigns. */
export function emptyCustomer(
  head: CustomerHead,
  frame: WorldFrame,
  actions: readonly ActionPlan[] = [],
): Customer {
  const key = mix(keyOf(`google ${head.id}`), frame.seed);
  const customer: Customer = {
    status: 'ENABLED',
    manager: false,
    managerId: null,
    denied: false,
    ...head,
    firstDay: frame.from,
    key,
    actions: [],
    campaigns: [],
    adGroups: [],
    ads: [],
  };
  for (const plan of actions) customer.actions.push(actionOf(customer, plan));
  return customer;
}

function actionOf(customer: Customer, plan: ActionPlan): ConversionAction {
  const index = customer.actions.length;
  return {
    primary: true,
    ...plan,
    index,
    id: numberOf(customer, { prefix: '9', ordinal: index, digits: 3 }),
    rate: RATES[plan.category] ?? 0.05,
    valued: plan.category === 'PURCHASE',
  };
}

/** Ids are the same for every seed, as a person would expect of an account. */
function numberOf(
  customer: Customer,
  { prefix, ordinal, digits }: { prefix: string; ordinal: number; digits: number },
): string {
  const own = String(keyOf(customer.id) % 1_000_000).padStart(6, '0');
  return `${prefix}${own}${String(ordinal).padStart(digits, '0')}`;
}

export function addCampaign(
  customer: Customer,
  plan: { name: string; channel: Channel; life: Life },
): Campaign {
  const index = customer.campaigns.length;
  const dollars = 20 + 5 * Math.floor(12 * unit(customer.key, index));
  const campaign: Campaign = {
    ...plan,
    index,
    id: numberOf(customer, { prefix: '2', ordinal: index, digits: 4 }),
    budgetId: numberOf(customer, { prefix: '1', ordinal: index, digits: 4 }),
    budgetMicros: Math.round(dollars * unitsPerDollar(customer.currency)) * 1_000_000,
    ads: [],
  };
  customer.campaigns.push(campaign);
  return campaign;
}

export function addAdGroup(customer: Customer, campaign: Campaign, name: string): AdGroup {
  const index = customer.adGroups.length;
  const id = numberOf(customer, { prefix: '15', ordinal: index, digits: 5 });
  const adGroup: AdGroup = { index, id, name, campaign, ads: [] };
  customer.adGroups.push(adGroup);
  return adGroup;
}

export type AdPlan = Pick<Ad, 'name' | 'life' | 'size' | 'gaps'> & { listed?: boolean };

/** An ad of an ad group, or with a campaign in its place what a Performance Max campaign delivers. */
export function addAd(customer: Customer, place: AdGroup | Campaign, plan: AdPlan): Ad {
  const adGroup = 'campaign' in place ? place : null;
  const campaign = 'campaign' in place ? place.campaign : place;
  const index = customer.ads.length;
  const id = numberOf(customer, { prefix: '67', ordinal: index, digits: 6 });
  const key = mix(customer.key, index + 1);
  const ad: Ad = { listed: adGroup !== null, ...plan, index, id, campaign, adGroup, key };
  customer.ads.push(ad);
  campaign.ads.push(ad);
  adGroup?.ads.push(ad);
  return ad;
}
