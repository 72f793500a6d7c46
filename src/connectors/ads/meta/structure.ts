import { z } from 'zod';
import { isTimezone } from '../../../lib/days.ts';
import { storable } from '../../../lib/text.ts';
import type {
  AccountDescription,
  AdDescription,
  AdSetDescription,
  CampaignDescription,
} from '../contract.ts';

const id = z.string().regex(/^\d{1,30}$/);
const text = z.string().transform(storable);
const word = z.string().regex(/^[A-Z_]{1,60}$/);
const named = {
  id,
  name: text.catch(''),
  effective_status: word.nullish().catch(null),
  status: word.nullish().catch(null),
};

const campaign = z.object({ ...named, objective: text.nullish().catch(null) });
const adSet = z.object({ ...named, campaign_id: id });
const ad = z.object({ ...named, adset_id: id, campaign_id: id });

/** A campaign, or null when the row has no usable ids. The status is the effective one. */
export function toCampaign(row: unknown): CampaignDescription | null {
  const read = campaign.safeParse(row).data;
  if (!read) return null;
  return { externalId: read.id, name: read.name, status: statusOf(read), objective: read.objective ?? null };
}

export function toAdSet(row: unknown): AdSetDescription | null {
  const read = adSet.safeParse(row).data;
  if (!read) return null;
  return {
    externalId: read.id,
    campaignExternalId: read.campaign_id,
    name: read.name,
    status: statusOf(read),
  };
}

export function toAd(row: unknown): AdDescription | null {
  const read = ad.safeParse(row).data;
  if (!read) return null;
  return {
    externalId: read.id,
    adSetExternalId: read.adset_id,
    campaignExternalId: read.campaign_id,
    name: read.name,
    status: statusOf(read),
  };
}

function statusOf(read: {
  effective_status?: string | null | undefined;
  status?: string | null | undefined;
}): string {
  return read.effective_status ?? read.status ?? 'UNKNOWN';
}

/** Marketing API reference, Ad Account, account_status. */
const ACCOUNT_STATUSES: Readonly<Record<number, string>> = {
  1: 'ACTIVE',
  2: 'DISABLED',
  3: 'UNSETTLED',
  7: 'PENDING_RISK_REVIEW',
  8: 'PENDING_SETTLEMENT',
  9: 'IN_GRACE_PERIOD',
  100: 'PENDING_CLOSURE',
  101: 'CLOSED',
};

/** An ad account; refuses what cannot be counted in: no currency, or a zone nobody knows. */
export const account = z
  .object({
    account_id: id,
    name: text.catch(''),
    currency: z.string().regex(/^[A-Z]{3}$/),
    timezone_name: z.string().refine(isTimezone),
    account_status: z.number().int().catch(0),
  })
  .transform((read): AccountDescription => ({
    externalId: `act_${read.account_id}`,
    name: read.name,
    currency: read.currency,
    timezone: read.timezone_name,
    status: ACCOUNT_STATUSES[read.account_status] ?? `STATUS_${read.account_status}`,
  }));
