import { graphTime, unixStart, type DayNumber } from '../world/days.ts';
import { adSetStatus, adStatus, campaignStatus, type EffectiveStatus } from '../world/status.ts';
import type { Account, Ad, AdSet, Campaign, Life, Purpose } from '../world/structure.ts';
import type { Json } from './json.ts';

/** One object as the API shows it: a function per field. A field that is undefined is not set. */
export type Shown<T> = Record<string, (object: T, account: Account, today: DayNumber) => Json>;

const OBJECTIVES: Record<Purpose, string> = {
  sales: 'OUTCOME_SALES',
  leads: 'OUTCOME_LEADS',
  traffic: 'OUTCOME_TRAFFIC',
  awareness: 'OUTCOME_AWARENESS',
};

const GOALS: Record<Purpose, string> = {
  sales: 'OFFSITE_CONVERSIONS',
  leads: 'LEAD_GENERATION',
  traffic: 'LINK_CLICKS',
  awareness: 'REACH',
};

export const objectiveOf = (campaign: Campaign): string => OBJECTIVES[campaign.purpose];
export const goalOf = (campaign: Campaign): string => GOALS[campaign.purpose];

function created(life: Life, account: Account): string {
  return graphTime(life.from, 34_845, account.timezone);
}

function updated(life: Life, account: Account, today: DayNumber): string {
  return graphTime(lastChange(life, today), 42_714, account.timezone);
}

/** The day an object last changed its status. */
export function lastChange(life: Life, today: DayNumber): DayNumber {
  if (life.finally !== undefined && today >= life.finally.on) return life.finally.on;
  return life.to !== null && today > life.to ? life.to + 1 : life.from;
}

function stopped(life: Life, account: Account): Json {
  return life.to === null ? undefined : graphTime(life.to, 86_399, account.timezone);
}

/** The object's own status: that of the campaign above it is not part of it. */
function own(status: EffectiveStatus | null): Json {
  return status === 'CAMPAIGN_PAUSED' ? 'ACTIVE' : status;
}

const noValue = (): undefined => undefined;

export const ACCOUNT_FIELDS: Shown<Account> = {
  id: (account) => account.externalId,
  account_id: (account) => account.externalId.slice(4),
  name: (account) => account.name,
  currency: (account) => account.currency,
  timezone_name: (account) => account.timezone,
  timezone_id: () => 1,
  timezone_offset_hours_utc: (_, account, today) => {
    const offset = graphTime(today, 43_200, account.timezone).slice(-5);
    return Number(`${offset.slice(0, 1)}1`) * (Number(offset.slice(1, 3)) + Number(offset.slice(3)) / 60);
  },
  account_status: (account) => account.statusCode,
  disable_reason: (account) => (account.statusCode === 2 ? 1 : 0),
  created_time: (account) => graphTime(account.firstDay, 0, account.timezone),
  amount_spent: noValue,
  balance: () => '0',
  spend_cap: () => '0',
  business: noValue,
  business_name: noValue,
  owner: noValue,
  min_daily_budget: noValue,
};

export const CAMPAIGN_FIELDS: Shown<Campaign> = {
  id: (campaign) => campaign.id,
  account_id: (_, account) => account.externalId.slice(4),
  name: (campaign) => campaign.name,
  objective: objectiveOf,
  status: (campaign, _, today) => own(campaignStatus(campaign, today)),
  configured_status: (campaign, _, today) => own(campaignStatus(campaign, today)),
  effective_status: (campaign, _, today) => campaignStatus(campaign, today),
  buying_type: () => 'AUCTION',
  bid_strategy: () => 'LOWEST_COST_WITHOUT_CAP',
  daily_budget: (campaign) => String(campaign.dailyBudget),
  lifetime_budget: () => '0',
  budget_remaining: (campaign) => String(Math.floor(campaign.dailyBudget * 0.4)),
  spend_cap: noValue,
  special_ad_categories: () => [],
  start_time: (campaign, account) => created(campaign.life, account),
  stop_time: (campaign, account) => stopped(campaign.life, account),
  created_time: (campaign, account) => created(campaign.life, account),
  updated_time: (campaign, account, today) => updated(campaign.life, account, today),
};

export const AD_SET_FIELDS: Shown<AdSet> = {
  id: (adSet) => adSet.id,
  account_id: (_, account) => account.externalId.slice(4),
  name: (adSet) => adSet.name,
  campaign_id: (adSet) => adSet.campaign.id,
  status: (adSet, _, today) => own(adSetStatus(adSet, today)),
  configured_status: (adSet, _, today) => own(adSetStatus(adSet, today)),
  effective_status: (adSet, _, today) => adSetStatus(adSet, today),
  optimization_goal: (adSet) => goalOf(adSet.campaign),
  billing_event: () => 'IMPRESSIONS',
  bid_strategy: () => 'LOWEST_COST_WITHOUT_CAP',
  bid_amount: noValue,
  daily_budget: () => '0',
  lifetime_budget: () => '0',
  budget_remaining: () => '0',
  destination_type: () => 'WEBSITE',
  attribution_spec: () => [{ event_type: 'CLICK_THROUGH', window_days: 7 }],
  targeting: () => ({ age_min: 18, age_max: 65 }),
  promoted_object: () => ({ pixel_id: '700000000000001' }),
  start_time: (adSet, account) => created(adSet.campaign.life, account),
  end_time: (adSet, account) => stopped(adSet.campaign.life, account),
  created_time: (adSet, account) => created(adSet.campaign.life, account),
  updated_time: (adSet, account, today) => updated(adSet.campaign.life, account, today),
};

export const AD_FIELDS: Shown<Ad> = {
  id: (ad) => ad.id,
  account_id: (_, account) => account.externalId.slice(4),
  name: (ad) => ad.name,
  adset_id: (ad) => ad.adSet.id,
  campaign_id: (ad) => ad.adSet.campaign.id,
  status: (ad, _, today) => own(adStatus(ad, today)),
  configured_status: (ad, _, today) => own(adStatus(ad, today)),
  effective_status: (ad, _, today) => adStatus(ad, today),
  bid_type: () => 'ABSOLUTE_OCPM',
  creative: (ad) => ({
    id: `9${ad.id.slice(1)}`,
    name: ad.name,
    object_type: ad.video ? 'VIDEO' : 'SHARE',
    thumbnail_url: `https://example.com/creatives/${ad.id}.jpg`,
  }),
  tracking_specs: () => [{ 'action.type': ['offsite_conversion'], fb_pixel: ['700000000000001'] }],
  conversion_domain: noValue,
  preview_shareable_link: (ad) => `https://example.com/ads/${ad.id}`,
  created_time: (ad, account) => created(ad.life, account),
  updated_time: (ad, account, today) => updated(ad.life, account, today),
};

/** A moment of change in Unix seconds, for `updated_time` filters. */
export function updatedUnix(life: Life, account: Account, today: DayNumber): string {
  return String(unixStart(lastChange(life, today), account.timezone) + 42_714);
}
