/** Every field list that is asked of Meta. Names: Marketing API reference, Graph API v26.0. */

export const ACCOUNT_FIELDS = ['account_id', 'name', 'currency', 'timezone_name', 'account_status'];

export const CAMPAIGN_FIELDS = ['id', 'name', 'objective', 'status', 'effective_status'];
export const AD_SET_FIELDS = ['id', 'name', 'campaign_id', 'status', 'effective_status'];
export const AD_FIELDS = ['id', 'name', 'adset_id', 'campaign_id', 'status', 'effective_status'];

const FIGURES = ['spend', 'impressions', 'clicks', 'inline_link_clicks'];
/** By far the heaviest to compute. */
export const ACTION_FIELDS = ['actions', 'action_values'];
const INSIGHT_METRICS = [...FIGURES, 'reach', ...ACTION_FIELDS];
const CAMPAIGN_NAMES = ['account_id', 'account_currency', 'campaign_id', 'campaign_name'];

/** date_start and date_stop come with every row and are not asked for. */
export const CAMPAIGN_INSIGHT_FIELDS = [...CAMPAIGN_NAMES, ...INSIGHT_METRICS];
export const AD_INSIGHT_FIELDS = [
  ...CAMPAIGN_NAMES,
  'adset_id',
  'adset_name',
  'ad_id',
  'ad_name',
  ...INSIGHT_METRICS,
];

export const ACCOUNT_DAY_FIELDS = ['account_id', 'account_currency', 'spend', 'impressions', 'clicks'];
export const REACH_FIELDS = ['account_id', 'reach', 'frequency', 'impressions'];

/** Names of breakdowns are not asked for: they come with the rows. Reach of parts says nothing. */
export const CAMPAIGN_PART_FIELDS = [
  'account_id',
  'account_currency',
  'campaign_id',
  ...FIGURES,
  ...ACTION_FIELDS,
];
export const RANKINGS = ['quality_ranking', 'engagement_rate_ranking', 'conversion_rate_ranking'];
export const RANKING_FIELDS = [...CAMPAIGN_PART_FIELDS, 'adset_id', 'ad_id', ...RANKINGS];

/** Archived and deleted objects are left out unless they are asked for by name. */
const STATUSES = ['ACTIVE', 'PAUSED', 'ARCHIVED', 'DELETED', 'IN_PROCESS', 'WITH_ISSUES'];
export const CAMPAIGN_STATUSES = STATUSES;
export const AD_SET_STATUSES = [...STATUSES, 'CAMPAIGN_PAUSED'];
export const AD_STATUSES = [
  ...AD_SET_STATUSES,
  'ADSET_PAUSED',
  'DISAPPROVED',
  'PENDING_REVIEW',
  'PREAPPROVED',
  'PENDING_BILLING_INFO',
];
