import { z } from 'zod';
import type { AdDescription, AdSetDescription, CampaignDescription } from '../contract.ts';
import { id, name, word } from './numbers.ts';

const status = word.catch('UNKNOWN');

const campaign = z.object({
  campaign: z.object({ id, name, status, advertisingChannelType: word.nullish().catch(null) }),
});
const adGroup = z.object({ adGroup: z.object({ id, name, status }), campaign: z.object({ id }) });
const ad = z.object({
  adGroupAd: z.object({ ad: z.object({ id, name, type: word.nullish().catch(null) }), status }),
  adGroup: z.object({ id }),
  campaign: z.object({ id }),
});

/** A campaign, or null when the row has no usable id. Status and objective are Google's words. */
export function toCampaign(row: unknown): CampaignDescription | null {
  const read = campaign.safeParse(row).data?.campaign;
  if (!read) return null;
  const { advertisingChannelType: objective } = read;
  return { externalId: read.id, name: read.name ?? '', status: read.status, objective: objective ?? null };
}

/** An ad group. */
export function toAdSet(row: unknown): AdSetDescription | null {
  const read = adGroup.safeParse(row).data;
  if (!read) return null;
  return {
    externalId: read.adGroup.id,
    campaignExternalId: read.campaign.id,
    name: read.adGroup.name ?? '',
    status: read.adGroup.status,
  };
}

export function toAd(row: unknown): AdDescription | null {
  const read = ad.safeParse(row).data;
  if (!read) return null;
  return {
    externalId: read.adGroupAd.ad.id,
    adSetExternalId: read.adGroup.id,
    campaignExternalId: read.campaign.id,
    name: adName(read.adGroupAd.ad),
    status: read.adGroupAd.status,
  };
}

/** Most ads have no name on Google: `Responsive search ad 123`. */
export function adName(read: {
  id: string;
  name?: string | null | undefined;
  type?: string | null | undefined;
}): string {
  if (read.name) return read.name;
  const words = (read.type ?? 'AD').toLowerCase().replaceAll('_', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} ${read.id}`;
}
