import { statement } from '../../db/sql.ts';

/** One object of the structure, as the columns that ad sets and ads share. */
export interface ChildRow {
  id: string;
  account_id: string;
  campaign_external_id: string;
  external_id: string;
  name: string;
  status: string;
}

export type ChildrenInput = [
  clientId: string,
  accountIds: string[],
  campaignExternalIds: string[],
  afterName: string | null,
  afterId: string | null,
  limit: number,
];

export type ChildTable = 'ad_sets' | 'ads';

/** The first children of many campaigns at once, each campaign's own page, by name. */
function childrenOfCampaigns(table: ChildTable) {
  return statement<ChildRow, ChildrenInput>(
    `structure.${table}`,
    `SELECT id, account_id, campaign_external_id, external_id, name, status FROM (
       SELECT *, row_number() OVER (PARTITION BY account_id, campaign_external_id ORDER BY name COLLATE "C", id) AS rank
       FROM ${table}
       WHERE client_id = $1 AND account_id = ANY($2::uuid[]) AND campaign_external_id = ANY($3::text[])
         AND ($4::text IS NULL OR (name COLLATE "C", id) > ($4::text, $5::uuid))
     ) AS child
     WHERE rank <= $6 ORDER BY account_id, campaign_external_id, rank`,
  );
}

export const childStatements = {
  ad_sets: childrenOfCampaigns('ad_sets'),
  ads: childrenOfCampaigns('ads'),
} as const;
