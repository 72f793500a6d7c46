import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PUBLISHED = fileURLToPath(
  new URL('../../../shared/data/facebook_campaigns_2023-08.csv', import.meta.url),
);

/** The widely published month this project was measured with; null in a lone clone, which does not carry it. */
export const publishedCsv: string | null = existsSync(PUBLISHED) ? PUBLISHED : null;

/** A small month in the same form: 2 campaigns, 3 ads, float noise in the spend, a day of one ad without delivery. */
export const SMALL_CSV = `Date,ad_id,xyz_campaign_id,fb_campaign_id,age,gender,interest,Impressions,Clicks,Spent,Total_Conversion,Approved_Conversion
01-08-2023,700001,501,9001,30-34,M,15,7350,1,1.429999948,2,1
02-08-2023,700001,501,9001,30-34,M,15,10000,20,10.10000002,4,2
02-08-2023,700002,501,9002,30-34,F,16,17861,2,1.820000023,2,0
31-08-2023,700003,502,9003,45-49,F,20,693,0,0,1,0
`;

/** What the small month adds up to. */
export const SMALL_TOTALS = { spend: '13.35', impressions: 35_904, clicks: 23, leads: '9', purchases: '3' };
