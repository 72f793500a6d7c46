import { actionsOf, type Action } from '../world/actions.ts';
import { dayText } from '../world/days.ts';
import { ownersOf, type Owners } from '../world/facts.ts';
import { minorDigits, moneyText, shortMoneyText } from '../world/money.ts';
import type { Metrics } from '../world/metrics.ts';
import { mix } from '../world/random.ts';
import type { Level } from '../world/rollUp.ts';
import type { Account } from '../world/structure.ts';
import type { PartCell } from './breakdowns.ts';
import type { Json, JsonObject } from './json.ts';
import { goalOf, objectiveOf } from './objects.ts';

/** How rows are to be written. */
export interface RowStyle {
  account: Account;
  level: Level;
  fields: string[];
  windows: string[];
}

interface Row {
  account: Account;
  level: Level;
  metrics: Metrics;
  owners: Owners;
  actions: Action[];
  windows: string[];
  /** Spend in major units, for ratios. */
  cost: number;
}

type Render = (row: Row) => Json;

/** Numbers travel as text; zero is absent. */
const count = (value: number): Json => (value === 0 ? undefined : String(value));
const ratio = (part: number, whole: number): Json =>
  part === 0 || whole === 0 ? undefined : (part / whole).toFixed(6);
const single = (action_type: string, value: Json): Json =>
  value === undefined ? undefined : [{ action_type, value }];
const videoShare = (share: number): Render => {
  return ({ metrics }) => single('video_view', count(Math.floor(metrics.videoPlays * share)));
};
const RANKS = ['ABOVE_AVERAGE', 'AVERAGE', 'AVERAGE', 'BELOW_AVERAGE_35', 'BELOW_AVERAGE_20'];
const ranking = (draw: number): Render => {
  return ({ level, owners, metrics }) => {
    if (level !== 'ad') return undefined;
    return metrics.impressions < 500
      ? 'UNKNOWN'
      : RANKS[mix(Number(owners.ad?.id.slice(-7)), draw) % RANKS.length];
  };
};

const FIELDS: Record<string, Render> = {
  account_id: ({ account }) => account.externalId.slice(4),
  account_name: ({ account }) => account.name,
  account_currency: ({ account }) => account.currency,
  campaign_id: ({ owners }) => owners.campaign?.id,
  campaign_name: ({ owners }) => owners.campaign?.name,
  adset_id: ({ owners }) => owners.adSet?.id,
  adset_name: ({ owners }) => owners.adSet?.name,
  ad_id: ({ owners }) => owners.ad?.id,
  ad_name: ({ owners }) => owners.ad?.name,
  objective: ({ owners }) => owners.campaign && objectiveOf(owners.campaign),
  optimization_goal: ({ owners }) => (owners.adSet && owners.campaign ? goalOf(owners.campaign) : undefined),
  buying_type: ({ owners }) => (owners.campaign ? 'AUCTION' : undefined),
  attribution_setting: () => '7d_click_1d_view',
  impressions: ({ metrics }) => count(metrics.impressions),
  reach: ({ metrics }) => count(metrics.reach),
  frequency: ({ metrics }) => ratio(metrics.impressions, metrics.reach),
  clicks: ({ metrics }) => count(metrics.clicks),
  unique_clicks: ({ metrics }) => count(Math.ceil(metrics.clicks * 0.95)),
  inline_link_clicks: ({ metrics }) => count(metrics.linkClicks),
  inline_post_engagement: ({ metrics }) => count(metrics.engagements),
  spend: ({ metrics, account }) =>
    metrics.spend === 0 ? undefined : moneyText(metrics.spend, account.currency),
  social_spend: () => undefined,
  cpc: ({ cost, metrics }) => ratio(cost, metrics.clicks),
  cpm: ({ cost, metrics }) => ratio(cost * 1000, metrics.impressions),
  cpp: ({ cost, metrics }) => ratio(cost * 1000, metrics.reach),
  ctr: ({ metrics }) => ratio(metrics.clicks * 100, metrics.impressions),
  inline_link_click_ctr: ({ metrics }) => ratio(metrics.linkClicks * 100, metrics.impressions),
  cost_per_inline_link_click: ({ cost, metrics }) => ratio(cost, metrics.linkClicks),
  actions: (row) => listed(row.actions, (action) => counted(action, row.windows)),
  action_values: (row) => listed(row.actions, (action) => valued(action, row.account.currency)),
  cost_per_action_type: (row) => listed(row.actions, (action) => costOf(action, row.cost)),
  conversions: () => undefined,
  conversion_values: () => undefined,
  cost_per_conversion: () => undefined,
  purchase_roas: (row) => single('omni_purchase', roas(row)),
  website_purchase_roas: (row) => single('offsite_conversion.fb_pixel_purchase', roas(row)),
  outbound_clicks: ({ metrics }) => single('outbound_click', count(Math.floor(metrics.linkClicks * 0.9))),
  video_play_actions: videoShare(1),
  video_thruplay_watched_actions: videoShare(0.3),
  video_30_sec_watched_actions: videoShare(0.22),
  video_p25_watched_actions: videoShare(0.62),
  video_p50_watched_actions: videoShare(0.41),
  video_p75_watched_actions: videoShare(0.27),
  video_p95_watched_actions: videoShare(0.19),
  video_p100_watched_actions: videoShare(0.16),
  video_avg_time_watched_actions: ({ metrics }) =>
    single('video_view', metrics.videoPlays > 0 ? '5' : undefined),
  quality_ranking: ranking(1),
  engagement_rate_ranking: ranking(2),
  conversion_rate_ranking: ranking(3),
  date_start: () => undefined,
  date_stop: () => undefined,
};

/** Fields of the platform that this world has no figures for: allowed, always absent. */
const SILENT =
  /^(unique_|cost_per_|website_ctr$|outbound_clicks_ctr$|mobile_app_|catalog_|canvas_|instant_experience_|full_view_|estimated_|dda_|wish_bid$|created_time$|updated_time$|video_|onsite_|converted_|product_|marketing_messages_|labels$|location$|auction_|age_targeting$|gender_targeting$|result)/;

export function isInsightField(name: string): boolean {
  return FIELDS[name] !== undefined || SILENT.test(name);
}

/** One row as it goes over the wire: the fields asked for, the breakdown keys, and its days. */
export function rowJson(cell: PartCell, style: RowStyle): JsonObject {
  const { account, level, windows } = style;
  const { metrics } = cell;
  const row: Row = {
    account,
    level,
    metrics,
    owners: ownersOf(account, level, cell.index),
    actions: actionsOf(metrics),
    windows,
    cost: metrics.spend / 10 ** minorDigits(account.currency),
  };
  const json: JsonObject = {};
  for (const name of style.fields) {
    const value = FIELDS[name]?.(row);
    if (value !== undefined && value !== null) json[name] = value;
  }
  json['date_start'] = dayText(cell.slice.from);
  json['date_stop'] = dayText(cell.slice.to);
  return cell.keys === undefined ? json : Object.assign(json, cell.keys);
}

function listed(actions: Action[], entry: (action: Action) => JsonObject | null): Json {
  const list = actions.map(entry).filter((found) => found !== null);
  return list.length === 0 ? undefined : list;
}

function counted({ type, count: times }: Action, windows: string[]): JsonObject {
  const entry: JsonObject = { action_type: type, value: String(times) };
  for (const window of windows) {
    const seen = inWindow(window, times);
    if (seen > 0) entry[window] = String(seen);
  }
  return entry;
}

/** 28-day clicks contain the 7-day ones, those the 1-day ones; views make up the rest of the 7-day total. */
function inWindow(window: string, times: number): number {
  const clicks = Math.ceil(times * 0.85);
  if (window === '7d_click' || window === '28d_click') return clicks;
  if (window === '1d_click') return Math.floor(clicks * 0.8);
  return window === '1d_view' ? times - clicks : 0;
}

function valued({ type, value }: Action, currency: string): JsonObject | null {
  return value === 0 ? null : { action_type: type, value: shortMoneyText(value, currency) };
}

function costOf({ type, count: times }: Action, cost: number): JsonObject | null {
  return cost === 0 ? null : { action_type: type, value: (cost / times).toFixed(6) };
}

function roas({ metrics }: Row): Json {
  return ratio(metrics.purchaseValue, metrics.spend);
}
