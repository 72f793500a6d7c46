import type { DayRange } from '../../../lib/days.ts';

/** Every GAQL query that is asked. Names: Google Ads API v25, "Reports" of each resource. */

export const CUSTOMER_QUERY =
  'SELECT customer.id, customer.descriptive_name, customer.currency_code, customer.time_zone, customer.manager, ' +
  'customer.status FROM customer';

/** Every customer below a manager, however deep, and itself: "Account hierarchy". */
export const CLIENTS_QUERY =
  'SELECT customer_client.id, customer_client.descriptive_name, customer_client.currency_code, ' +
  'customer_client.time_zone, customer_client.manager, customer_client.level, customer_client.status, ' +
  'customer_client.hidden, customer_client.test_account FROM customer_client';

/** How long after a click each of the account's own conversion actions still counts. */
export const CLICK_WINDOWS_QUERY =
  'SELECT conversion_action.id, conversion_action.status, conversion_action.click_through_lookback_window_days ' +
  "FROM conversion_action WHERE conversion_action.status = 'ENABLED'";

/** Lists of the structure, in the order they are read. */
export const LISTS = ['campaigns', 'adGroups', 'ads'] as const;
export type List = (typeof LISTS)[number];

const LIST_QUERIES: Readonly<Record<List, { fields: string; from: string; id: string }>> = {
  campaigns: {
    fields: 'campaign.id, campaign.name, campaign.status, campaign.advertising_channel_type',
    from: 'campaign',
    id: 'campaign.id',
  },
  adGroups: {
    fields: 'ad_group.id, ad_group.name, ad_group.status, campaign.id',
    from: 'ad_group',
    id: 'ad_group.id',
  },
  ads: {
    fields:
      'ad_group_ad.ad.id, ad_group_ad.ad.name, ad_group_ad.ad.type, ad_group_ad.status, ad_group.id, campaign.id',
    from: 'ad_group_ad',
    id: 'ad_group_ad.ad.id',
  },
};

/**
 * The next `limit` objects after one, by id: removed ones included, because nothing filters them out. Unlike a page
 * token, an id is a place to go on from at any later time.
 */
export function listQuery(list: List, { after, limit }: { after: string; limit: number }): string {
  const { fields, from, id } = LIST_QUERIES[list];
  return `SELECT ${fields} FROM ${from} WHERE ${id} > ${after} ORDER BY ${id} LIMIT ${String(limit)}`;
}

/** CAMPAIGN is the truth: ads have no rows for Performance Max and some other campaigns. */
export type Level = 'CAMPAIGN' | 'AD';

const OWNER = 'customer.id, customer.currency_code, segments.date';
const LEVELS: Readonly<Record<Level, { ids: string; names: string; from: string }>> = {
  CAMPAIGN: { ids: 'campaign.id', names: 'campaign.name', from: 'campaign' },
  AD: {
    ids: 'campaign.id, ad_group.id, ad_group_ad.ad.id',
    names: 'campaign.name, ad_group.name, ad_group_ad.ad.name, ad_group_ad.ad.type',
    from: 'ad_group_ad',
  },
};

const CONVERSION_METRICS =
  'metrics.conversions, metrics.conversions_value, metrics.all_conversions, metrics.all_conversions_value';
const CONVERSION_SEGMENTS =
  'segments.conversion_action, segments.conversion_action_name, segments.conversion_action_category';

export function metricsQuery(level: Level, range: DayRange): string {
  const { ids, names, from } = LEVELS[level];
  const metrics = `metrics.cost_micros, metrics.impressions, metrics.clicks, ${CONVERSION_METRICS}`;
  return `SELECT ${OWNER}, ${ids}, ${names}, ${metrics} FROM ${from} WHERE ${during(range)}`;
}

/** Apart from the metrics, because cost and clicks cannot be asked for together with these segments. */
export function conversionsQuery(level: Level, range: DayRange): string {
  const { ids, from } = LEVELS[level];
  return `SELECT ${OWNER}, ${ids}, ${CONVERSION_SEGMENTS}, ${CONVERSION_METRICS} FROM ${from} WHERE ${during(range)}`;
}

export function accountDaysQuery(range: DayRange): string {
  return `SELECT ${OWNER}, metrics.cost_micros, metrics.impressions, metrics.clicks FROM customer WHERE ${during(range)}`;
}

function during({ from, to }: DayRange): string {
  return `segments.date BETWEEN '${from}' AND '${to}'`;
}
