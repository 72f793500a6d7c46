import { statement } from '../../db/sql.ts';
import type { Day } from '../../lib/days.ts';

/** How campaigns can be sorted; each is a column of the page statement below. */
export const CAMPAIGN_ORDER_FIELDS = ['NAME', 'SPEND', 'IMPRESSIONS', 'CLICKS', 'CONVERSIONS'] as const;
export type CampaignOrderField = (typeof CAMPAIGN_ORDER_FIELDS)[number];

export const ORDER_DIRECTIONS = ['ASC', 'DESC'] as const;
export type OrderDirection = (typeof ORDER_DIRECTIONS)[number];

export interface CampaignPageRow {
  id: string;
  /** The value the row was sorted by, as text: half of the cursor. */
  sorted_by: string;
}

export type CampaignPageInput = [
  clientId: string,
  from: Day,
  to: Day,
  platform: string | null,
  statuses: string[] | null,
  search: string | null,
  accountId: string | null,
  trackedOnly: boolean,
  afterValue: string | null,
  afterId: string | null,
  limit: number,
];

const SORTED_BY: Record<CampaignOrderField, { value: string; type: string }> = {
  NAME: { value: 'lower(campaign.name) COLLATE "C"', type: 'text COLLATE "C"' },
  SPEND: { value: 'coalesce(sums.spend, 0)', type: 'numeric' },
  IMPRESSIONS: { value: 'coalesce(sums.impressions, 0)', type: 'numeric' },
  CLICKS: { value: 'coalesce(sums.clicks, 0)', type: 'numeric' },
  CONVERSIONS: { value: 'coalesce(sums.conversions, 0)', type: 'numeric' },
};

const FROM_WHERE = `FROM ad_campaigns AS campaign
   JOIN ad_accounts AS account ON account.id = campaign.account_id AND account.client_id = $1
   LEFT JOIN (
     SELECT account_id, campaign_external_id, sum(spend) AS spend, sum(impressions) AS impressions,
            sum(clicks) AS clicks, sum(conversions) AS conversions
     FROM campaign_days WHERE client_id = $1 AND date BETWEEN $2 AND $3 GROUP BY 1, 2
   ) AS sums ON sums.account_id = campaign.account_id AND sums.campaign_external_id = campaign.external_id
   WHERE campaign.client_id = $1
     AND ($4::text IS NULL OR account.platform = $4)
     AND ($5::text[] IS NULL OR campaign.status = ANY($5))
     AND ($6::text IS NULL OR strpos(lower(campaign.name), lower($6)) > 0 OR campaign.external_id = $6)
     AND ($7::uuid IS NULL OR campaign.account_id = $7)
     AND (NOT $8 OR account.tracked_campaign_ids = '{}' OR campaign.external_id = ANY(account.tracked_campaign_ids))`;

/** One page of a client's campaigns in the wanted order, found by the key of the last row before it. */
export function campaignPage(field: CampaignOrderField, direction: OrderDirection) {
  const { value, type } = SORTED_BY[field];
  const beyond = direction === 'ASC' ? '>' : '<';
  return statement<CampaignPageRow, CampaignPageInput>(
    `campaigns.page.${field.toLowerCase()}.${direction.toLowerCase()}`,
    `SELECT campaign.id, (${value})::text AS sorted_by ${FROM_WHERE}
     AND ($9::text IS NULL OR (${value}, campaign.id) ${beyond} ($9::${type}, $10::uuid))
     ORDER BY ${value} ${direction}, campaign.id ${direction} LIMIT $11`,
  );
}
