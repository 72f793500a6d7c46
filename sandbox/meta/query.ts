import type { LocalMoment } from '../world/days.ts';
import { LEVELS, type Cell, type Level, type Slice } from '../world/rollUp.ts';
import { adSetStatus, adStatus, campaignStatus, hasAdRows, type EffectiveStatus } from '../world/status.ts';
import type { Account, Ad } from '../world/structure.ts';
import { BREAKDOWNS, type Breakdown } from './breakdowns.ts';
import { invalidParameter } from './errors.ts';
import { filtersOf, holds, readList, type Filter } from './filtering.ts';
import { rangeOf, slicesOf } from './range.ts';
import { isInsightField } from './rows.ts';

/** What an insights call is about: the account or one object of it. */
export interface Scope {
  account: Account;
  /** The level asked when the call names none. */
  level: Level;
  ads: Ad[];
}

/** An insights call, understood. */
export interface InsightsQuery {
  account: Account;
  level: Level;
  slices: Slice[];
  ads: Ad[];
  fields: string[];
  /** Attribution windows to show beside `value`. */
  windows: string[];
  breakdowns: Breakdown[];
  /** Conditions on figures, applied to finished rows. */
  figures: Filter[];
  sort: { field: string; ascending: boolean } | null;
  /** The call covers every object of its level, day by day: its answer is the account's whole truth of those days. */
  complete: boolean;
}

const DEFAULT_FIELDS = ['account_id', 'impressions', 'spend'];
const FIGURES = ['impressions', 'spend', 'clicks', 'reach'] as const;
type Figure = (typeof FIGURES)[number];

/** Reads the parameters of an insights call. Throws code 100 for what the platform would refuse. */
export function readQuery(params: URLSearchParams, scope: Scope, seen: LocalMoment): InsightsQuery {
  const { account } = scope;
  const level = levelOf(params, scope.level);
  const slices = slicesOf(rangeOf(params, seen.today), params.get('time_increment'), seen.today);
  const filters = filtersOf(params);
  const figures = filters.filter(({ field }) => figureOf(field) !== null);
  const objects = filters.filter(({ field }) => figureOf(field) === null);
  const breakdowns = breakdownsOf(params);
  const fields = insightFields(params);
  const whole =
    scope.level === 'account' &&
    breakdowns.length === 0 &&
    fields.includes('spend') &&
    filters.every((filter) => asksForAll(filter, level));
  return {
    account,
    level,
    slices,
    ads: adsOf({ scope, level, filters: objects, seen }),
    fields,
    windows: listParam(params, 'action_attribution_windows').filter((name) => name !== 'default'),
    breakdowns,
    figures,
    sort: sortOf(params),
    complete: whole && slices.every(({ from, to }) => from === to),
  };
}

function levelOf(params: URLSearchParams, otherwise: Level): Level {
  const text = params.get('level') ?? otherwise;
  const level = LEVELS.find((name) => name === text);
  if (level === undefined)
    throw invalidParameter('Param level must be one of {ad, adset, campaign, account}');
  return level;
}

function listParam(params: URLSearchParams, name: string): string[] {
  const text = params.get(name);
  if (text === null || text === '') return [];
  const list = readList(text);
  if (!Array.isArray(list)) throw invalidParameter(`Param ${name} must be an array.`);
  return list.map(String);
}

function insightFields(params: URLSearchParams): string[] {
  const asked = listParam(params, 'fields').filter((name) => name !== '');
  const unknown = asked.find((name) => !isInsightField(name));
  if (unknown !== undefined) throw invalidParameter(`${unknown} is not valid for fields param.`);
  return asked.length === 0 ? DEFAULT_FIELDS : asked;
}

function breakdownsOf(params: URLSearchParams): Breakdown[] {
  const names = listParam(params, 'breakdowns');
  const found = names.map((name) => BREAKDOWNS[name]);
  const groups = new Set(found.map((breakdown) => breakdown?.group));
  if (found.some((breakdown) => breakdown === undefined) || groups.size > 1) {
    throw invalidParameter(`Current combination of data breakdown columns (${names.join(', ')}) is invalid`);
  }
  return found.filter((breakdown) => breakdown !== undefined);
}

function sortOf(params: URLSearchParams): InsightsQuery['sort'] {
  const [text] = listParam(params, 'sort');
  if (text === undefined) return null;
  const [, field, direction] = /^(\w+?)_(ascending|descending)$/.exec(text) ?? [];
  if (field === undefined || (figureOf(field) === null && field !== 'date_start')) {
    throw invalidParameter(`Param sort: cannot sort by ${text}.`);
  }
  return { field, ascending: direction === 'ascending' };
}

function figureOf(field: string): Figure | null {
  const plain = field.replace(/^(account|campaign|adset|ad)\./, '');
  return FIGURES.find((figure) => figure === plain) ?? null;
}

/** A figure of a finished row as filters compare it: money in major units. */
export function figureText(cell: Cell, field: string): string {
  const figure = figureOf(field) ?? 'impressions';
  return String(figure === 'spend' ? cell.metrics.spend / 100 : cell.metrics[figure]);
}

/** What a sort compares. */
export function sortValue(cell: Cell, field: string): number {
  return field === 'date_start' ? cell.slice.from : cell.metrics[figureOf(field) ?? 'impressions'];
}

interface Choice {
  scope: Scope;
  level: Level;
  filters: Filter[];
  seen: LocalMoment;
}

/**
 * Rows of an account's objects leave archived and deleted ones out unless their status is asked for; one that is named
 * in the path is always there, and totals contain everything.
 */
function adsOf({ scope, level, filters, seen }: Choice): Ad[] {
  const own = filters.filter(({ field }) => isStatusOf(field, level));
  const named = scope.level === level || level === 'account';
  return scope.ads.filter((ad) => {
    if (adStatus(ad, seen.today) === null) return false;
    if (level === 'ad' && !hasAdRows(ad, seen.today)) return false;
    const status = statusAt(ad, level, seen);
    const isGone = status === 'ARCHIVED' || status === 'DELETED';
    if (isGone && !named && own.length === 0) return false;
    return filters.every((filter) => holds(filter, objectText(ad, filter.field, seen)));
  });
}

function statusAt(ad: Ad, level: Level, { today }: LocalMoment): EffectiveStatus | null {
  if (level === 'ad') return adStatus(ad, today);
  return level === 'adset' ? adSetStatus(ad.adSet, today) : campaignStatus(ad.adSet.campaign, today);
}

function isStatusOf(field: string, level: Level): boolean {
  return field === `${level}.effective_status` || field === `${level}.delivery_info`;
}

/** A condition that only opens the door to everything, so that the answer is about every object of the level. */
function asksForAll({ field, operator, values }: Filter, level: Level): boolean {
  const known = ['ACTIVE', 'PAUSED', 'ARCHIVED', 'DELETED'];
  return isStatusOf(field, level) && operator === 'IN' && known.every((status) => values.includes(status));
}

function objectText(ad: Ad, field: string, { today }: LocalMoment): string | undefined {
  const { adSet } = ad;
  const { campaign } = adSet;
  const values: Record<string, () => string> = {
    'campaign.id': () => campaign.id,
    'campaign.name': () => campaign.name,
    'campaign.effective_status': () => campaignStatus(campaign, today) ?? '',
    'campaign.delivery_info': () => (campaignStatus(campaign, today) ?? '').toLowerCase(),
    'adset.id': () => adSet.id,
    'adset.name': () => adSet.name,
    'adset.effective_status': () => adSetStatus(adSet, today) ?? '',
    'adset.delivery_info': () => (adSetStatus(adSet, today) ?? '').toLowerCase(),
    'ad.id': () => ad.id,
    'ad.name': () => ad.name,
    'ad.effective_status': () => adStatus(ad, today) ?? '',
    'ad.delivery_info': () => (adStatus(ad, today) ?? '').toLowerCase(),
  };
  return values[field]?.();
}
