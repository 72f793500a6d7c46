import { keyOf, mix, unit } from './random.ts';
import { minorDigits, unitsPerDollar } from './money.ts';
import { generated } from './delivery.ts';
import {
  objectId,
  type Account,
  type Ad,
  type AdSet,
  type Campaign,
  type Life,
  type Purpose,
} from './structure.ts';
import type { DayNumber } from './days.ts';

/** What is the same for every account of the world. */
export interface WorldFrame {
  seed: number;
  /** First day with figures, and the last day structure is laid out for. */
  from: DayNumber;
  until: DayNumber;
}

export interface AccountHead {
  externalId: string;
  name: string;
  currency: string;
  timezone: string;
  statusCode: number;
}

/** An account of the generated kind, still without structure. */
export function emptyAccount(head: AccountHead, frame: WorldFrame): Account {
  const account: Account = {
    ...head,
    firstDay: frame.from,
    key: mix(keyOf(head.externalId), frame.seed),
    campaigns: [],
    adSets: [],
    ads: [],
    deliver: () => null,
  };
  account.deliver = generated(account);
  return account;
}

export interface CampaignPlan {
  name: string;
  purpose: Purpose;
  life: Life;
  ordinal: number;
}

export function addCampaign(account: Account, plan: CampaignPlan): Campaign {
  const { name, purpose, life } = plan;
  const dollars = 20 + 10 * Math.floor(9 * unit(account.key, plan.ordinal));
  const campaign: Campaign = {
    index: account.campaigns.length,
    id: objectId(keyOf(account.externalId), 1, plan.ordinal),
    name,
    purpose,
    life,
    dailyBudget: Math.round(dollars * unitsPerDollar(account.currency)) * 10 ** minorDigits(account.currency),
  };
  account.campaigns.push(campaign);
  return campaign;
}

export function addAdSet(
  account: Account,
  campaign: Campaign,
  plan: { name: string; ordinal: number },
): AdSet {
  const id = objectId(keyOf(account.externalId), 2, plan.ordinal);
  const adSet: AdSet = { index: account.adSets.length, id, name: plan.name, campaign };
  account.adSets.push(adSet);
  return adSet;
}

export interface AdPlan {
  name: string;
  life: Life;
  ordinal: number;
  size: number;
  gaps: number;
}

export function addAd(account: Account, adSet: AdSet, plan: AdPlan): Ad {
  const { name, life, size, gaps } = plan;
  const id = objectId(keyOf(account.externalId), 3, plan.ordinal);
  const key = mix(account.key, plan.ordinal);
  const video = unit(key, 0) < 0.3;
  const ad: Ad = { index: account.ads.length, id, name, adSet, life, key, size, gaps, video };
  account.ads.push(ad);
  return ad;
}
