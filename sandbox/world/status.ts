import type { DayNumber } from './days.ts';
import { statusOn, type Ad, type AdSet, type Campaign, type ObjectStatus } from './structure.ts';

/** What the Graph API calls `effective_status`; PURGED never leaves the sandbox. */
export type EffectiveStatus = ObjectStatus | 'CAMPAIGN_PAUSED';

/** Null = not created yet. */
export function campaignStatus(campaign: Campaign, today: DayNumber): EffectiveStatus | null {
  return statusOn(campaign.life, today);
}

export function adSetStatus(adSet: AdSet, today: DayNumber): EffectiveStatus | null {
  return under(statusOn(adSet.campaign.life, today), 'ACTIVE');
}

export function adStatus(ad: Ad, today: DayNumber): EffectiveStatus | null {
  const own = statusOn(ad.life, today);
  return own === null ? null : under(statusOn(ad.adSet.campaign.life, today), own);
}

function under(campaign: ObjectStatus | null, own: ObjectStatus): EffectiveStatus | null {
  if (campaign === null || own === 'PURGED' || own === 'DELETED') return campaign === null ? null : own;
  if (campaign === 'DELETED' || campaign === 'ARCHIVED') return campaign;
  return campaign === 'PAUSED' && own === 'ACTIVE' ? 'CAMPAIGN_PAUSED' : own;
}

/** Ad level rows know deleted ads while they can still be listed; the levels above contain all that ever delivered. */
export function hasAdRows(ad: Ad, today: DayNumber): boolean {
  const status = adStatus(ad, today);
  return status !== null && status !== 'PURGED';
}
