import { localMoment, type DayNumber } from '../world/days.ts';
import { adSetStatus, adStatus, campaignStatus, type EffectiveStatus } from '../world/status.ts';
import type { Account, Ad, AdSet, Campaign, Life } from '../world/structure.ts';
import { readFields, showObject } from './fields.ts';
import { asksForStatus, filtersOf, holds, type Filter } from './filtering.ts';
import {
  AD_FIELDS,
  AD_SET_FIELDS,
  CAMPAIGN_FIELDS,
  objectiveOf,
  updatedUnix,
  type Shown,
} from './objects.ts';
import { listJson, pageOf, placeOf } from './paging.ts';
import type { GraphReply, GraphRequest } from './request.ts';

/** How the objects of one edge are listed. */
interface Kind<T> {
  node: string;
  prefix: 'campaign' | 'adset' | 'ad';
  shown: Shown<T>;
  status(object: T, today: DayNumber): EffectiveStatus | null;
  life(object: T): Life;
  campaign(object: T): Campaign;
  adSet(object: T): AdSet | null;
}

export const CAMPAIGNS: Kind<Campaign> = {
  node: 'Campaign',
  prefix: 'campaign',
  shown: CAMPAIGN_FIELDS,
  status: campaignStatus,
  life: (campaign) => campaign.life,
  campaign: (campaign) => campaign,
  adSet: () => null,
};

export const AD_SETS: Kind<AdSet> = {
  node: 'AdSet',
  prefix: 'adset',
  shown: AD_SET_FIELDS,
  status: adSetStatus,
  life: (adSet) => adSet.campaign.life,
  campaign: (adSet) => adSet.campaign,
  adSet: (adSet) => adSet,
};

export const ADS: Kind<Ad> = {
  node: 'Ad',
  prefix: 'ad',
  shown: AD_FIELDS,
  status: adStatus,
  life: (ad) => ad.life,
  campaign: (ad) => ad.adSet.campaign,
  adSet: (ad) => ad.adSet,
};

/** A page of campaigns, ad sets or ads. Archived and deleted ones are listed only when their status is asked for. */
export function listEdge<T extends { id: string; name: string }>(
  request: GraphRequest,
  account: Account,
  { kind, objects }: { kind: Kind<T>; objects: T[] },
): GraphReply {
  const at = placeOf(request, 'after')?.at ?? request.at.getTime();
  const { today } = localMoment(new Date(at), account.timezone);
  const filters = filtersOf(request.params, kind.prefix);
  const byStatus = asksForStatus(filters, kind.prefix);
  const fields = readFields(request.params.get('fields'));
  const listed = objects.filter((object) => {
    const status = kind.status(object, today);
    if (status === null || status === 'PURGED') return false;
    if (!byStatus && (status === 'ARCHIVED' || status === 'DELETED')) return false;
    return filters.every((filter) => holds(filter, valueOf(object, filter, { kind, account, today })));
  });
  const page = pageOf(request, listed.length, at);
  const how = { kind: kind.node, shown: kind.shown, account, today };
  const data = listed.slice(page.offset, page.end).map((object) => showObject(object, fields, how));
  return { status: 200, headers: {}, json: listJson(data, page) };
}

function valueOf<T extends { id: string; name: string }>(
  object: T,
  { field }: Filter,
  { kind, account, today }: { kind: Kind<T>; account: Account; today: DayNumber },
): string | undefined {
  const plain = field.startsWith(`${kind.prefix}.`) ? field.slice(kind.prefix.length + 1) : field;
  const campaign = kind.campaign(object);
  const values: Record<string, () => string | undefined> = {
    id: () => object.id,
    name: () => object.name,
    effective_status: () => kind.status(object, today) ?? '',
    status: () => kind.status(object, today) ?? '',
    delivery_info: () => deliveryInfo(kind.status(object, today)),
    objective: () => objectiveOf(campaign),
    updated_time: () => updatedUnix(kind.life(object), account, today),
    'campaign.id': () => campaign.id,
    'campaign.name': () => campaign.name,
    'campaign.effective_status': () => campaignStatus(campaign, today) ?? '',
    'adset.id': () => kind.adSet(object)?.id,
    'adset.name': () => kind.adSet(object)?.name,
  };
  return values[plain]?.();
}

function deliveryInfo(status: EffectiveStatus | null): string {
  return status === 'CAMPAIGN_PAUSED' ? 'inactive' : (status ?? '').toLowerCase();
}
