import type { BreakdownKind } from '../../../connectors/ads/breakdowns.ts';
import { statement } from '../../../db/sql.ts';
import type { Day } from '../../../lib/days.ts';

/** What every statement here is of: one kind of some accounts' days. */
export type AskedInput = [
  clientId: string,
  accountIds: readonly string[],
  kind: BreakdownKind,
  from: Day,
  to: Day,
];

const asked = (
  row: string,
) => `${row}.client_id = $1 AND ${row}.account_id = ANY($2::uuid[]) AND ${row}.kind = $3
       AND ${row}.date BETWEEN $4 AND $5`;

/** One part of what was asked for, in one currency. Figures as decimal text. */
export interface PartRow {
  /** Null when the part is of all campaigns together. */
  account_id: string | null;
  campaign_external_id: string | null;
  segments: Record<string, string>;
  currency: string;
  spend: string;
  impressions: string;
  clicks: string;
  link_clicks: string;
  /** The spend of all parts in this currency. */
  spend_of_all: string;
  /** How many parts there are. */
  parts: number;
  /** RELEVANCE: the ad and, when the structure lists it, what is known of it; the day of the rankings. */
  ad_external_id: string | null;
  ad_account_id: string | null;
  ad_campaign_external_id: string | null;
  ad_id: string | null;
  ad_name: string | null;
  ad_status: string | null;
  ranked_on: Day | null;
}

const SUMS = `sum(spend) AS spend, sum(impressions) AS impressions, sum(clicks) AS clicks,
       sum(link_clicks) AS link_clicks`;

/** The whole of which parts are parts: a client's accounts, or each campaign by itself. */
const WHOLES = {
  client: { account: 'NULL::uuid', campaign: 'NULL::text', where: '' },
  campaigns: {
    account: 'account_id',
    campaign: 'campaign_external_id',
    where: 'AND campaign_external_id = ANY($7::text[])',
  },
} as const;

/** The same segments of several days and campaigns are one part. */
const bySegments = ({ account, campaign, where }: (typeof WHOLES)[keyof typeof WHOLES]) => `
     SELECT ${account} AS whole_account, ${campaign} AS whole_campaign, segments, currency, NULL::uuid AS ad_account_id,
       NULL::text AS ad_campaign_external_id, NULL::text AS ad_external_id, NULL::text AS ranked_on, ${SUMS}
     FROM ad_breakdowns AS stored WHERE ${asked('stored')} ${where}
     GROUP BY 1, 2, segments, currency`;

/** An ad is one part, with the rankings of the newest day on which the platform ranked it, else of the newest day. */
const byAd = ({ account, campaign, where }: (typeof WHOLES)[keyof typeof WHOLES]) => `
     SELECT ${account} AS whole_account, ${campaign} AS whole_campaign,
       (array_agg(segments ORDER BY ranked DESC, date DESC))[1] AS segments, currency, account_id AS ad_account_id,
       campaign_external_id AS ad_campaign_external_id, ad_external_id,
       (max(date) FILTER (WHERE ranked))::text AS ranked_on, ${SUMS}
     FROM (SELECT stored.*, EXISTS (SELECT FROM jsonb_each_text(segments) AS ranking
             WHERE ranking.value <> 'UNKNOWN') AS ranked
           FROM ad_breakdowns AS stored WHERE ${asked('stored')} ${where}) AS ranked_days
     GROUP BY 1, 2, account_id, campaign_external_id, ad_external_id, currency`;

const PARTS = { bySegments, byAd };

/** The parts with the largest share of the spend of their currency first, at most `$6` a whole. */
function partsStatement<Input extends readonly unknown[]>(
  whole: keyof typeof WHOLES,
  parts: keyof typeof PARTS,
) {
  return statement<PartRow, Input>(
    `breakdowns.${whole}.${parts}`,
    `WITH part AS (${PARTS[parts](WHOLES[whole])}),
     shared AS (
       SELECT part.*, sum(spend) OVER (PARTITION BY whole_account, whole_campaign, currency) AS spend_of_all,
         count(*) OVER (PARTITION BY whole_account, whole_campaign) AS parts
       FROM part),
     placed AS (
       SELECT shared.*, row_number() OVER (PARTITION BY whole_account, whole_campaign
         ORDER BY spend / nullif(spend_of_all, 0) DESC NULLS LAST, impressions DESC, segments::text, currency,
           ad_account_id, ad_external_id) AS place
       FROM shared)
     SELECT whole_account AS account_id, whole_campaign AS campaign_external_id, segments, currency, spend::text,
       impressions::text, clicks::text, link_clicks::text, spend_of_all::text, parts::int, placed.ad_external_id,
       ad_account_id, ad_campaign_external_id, ranked_on, ad.id AS ad_id, ad.name AS ad_name, ad.status AS ad_status
     FROM placed LEFT JOIN ads AS ad ON ad.client_id = $1 AND ad.account_id = placed.ad_account_id
       AND ad.external_id = placed.ad_external_id
     WHERE place <= $6 ORDER BY place`,
  );
}

type ClientInput = [...AskedInput, first: number];
type CampaignsInput = [...AskedInput, first: number, campaignExternalIds: readonly string[]];

/** The parts of all campaigns together. */
export const clientParts = {
  bySegments: partsStatement<ClientInput>('client', 'bySegments'),
  byAd: partsStatement<ClientInput>('client', 'byAd'),
};

/** The parts of many campaigns, each by itself, in one statement. */
export const campaignParts = {
  bySegments: partsStatement<CampaignsInput>('campaigns', 'bySegments'),
  byAd: partsStatement<CampaignsInput>('campaigns', 'byAd'),
};

/** How many days of each account were read, a row an account, also for accounts with none. */
export const daysPresent = statement<{ account_id: string; present: number }, AskedInput>(
  'breakdowns.daysPresent',
  `SELECT account.id AS account_id, count(stored.date)::int AS present
   FROM unnest($2::uuid[]) AS account(id)
   LEFT JOIN breakdown_slices AS stored
     ON ${asked('stored')} AND stored.account_id = account.id AND stored.fetched_at IS NOT NULL
   GROUP BY account.id`,
);

export interface MissingDayRow {
  account_id: string;
  date: Day;
  failure_class: string | null;
  failure_reason: string | null;
}

/** The first days that were never read, oldest first, with what went wrong when somebody tried. */
export const missingDays = statement<MissingDayRow, [...AskedInput, first: number]>(
  'breakdowns.missingDays',
  `SELECT account.id AS account_id, day::date::text AS date, stored.failure_class, stored.failure_reason
   FROM generate_series($4::date, $5::date, interval '1 day') AS day
   CROSS JOIN unnest($2::uuid[]) AS account(id)
   LEFT JOIN breakdown_slices AS stored ON stored.client_id = $1 AND stored.account_id = account.id
     AND stored.kind = $3 AND stored.date = day::date
   WHERE stored.fetched_at IS NULL
   ORDER BY day, account.id LIMIT $6`,
);
