import type { CampaignContent, MonthContent } from '../../../src/services/months/content.ts';

export function row(changes: Partial<CampaignContent> = {}): CampaignContent {
  return {
    account: 'act_1',
    campaign: 'c1',
    currency: 'EUR',
    name: 'Campaign one',
    status: 'ACTIVE',
    objective: null,
    spend: '10.50',
    impressions: '1000',
    clicks: '50',
    linkClicks: '20',
    conversions: '2',
    conversionValue: '30.50',
    goals: { purchase: { count: '2', value: '30.50' } },
    reach: '800',
    ...changes,
  };
}

export function monthContent(
  campaigns: CampaignContent[],
  changes: Partial<MonthContent> = {},
): MonthContent {
  const accounts = [...new Set(campaigns.map(({ account }) => account))];
  return {
    version: 1,
    month: '2026-09',
    platform: 'META',
    client: { name: 'Brand', currency: 'EUR', timezone: 'UTC' },
    goals: [
      { name: 'purchase', actionTypes: ['omni_purchase', 'purchase'] },
      { name: 'lead', actionTypes: ['lead'] },
    ],
    accounts: accounts.map((externalId) => ({
      ...{ externalId, name: 'Account', currency: 'EUR', timezone: 'UTC', days: 30, daysPresent: 30 },
      totals: [{ currency: 'EUR', spend: '10.50', impressions: '1000', clicks: '50' }],
      reach: null,
      breakdownDays: {},
    })),
    campaigns,
    ...changes,
  };
}
