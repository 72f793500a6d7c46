import { z } from 'zod';
import { isPlausibleAmount, isPlausibleCount } from '../../../lib/decimal.ts';
import type { DayRange } from '../../../lib/days.ts';
import { isDay } from '../../../lib/days.ts';
import { storable } from '../../../lib/text.ts';
import type { ActionCount, InsightRow, RejectedRow } from '../contract.ts';

/** The rows of one page, read. */
export interface ReadRows {
  rows: InsightRow[];
  rejected: RejectedRow[];
}

/** Which rows an insights call asked for. */
export interface InsightQuestion {
  level: 'CAMPAIGN' | 'AD';
  range: DayRange;
  /** Digits without `act_`. */
  accountId: string;
}

/** Meta sends figures as text and leaves out what is zero; a plain JSON number is taken when it is exact. */
const figure = z.union([z.string(), z.number()], 'is not a number').transform(String);
const amount = figure.refine(isPlausibleAmount, 'is not a plausible amount');
const count = figure.refine(isPlausibleCount, 'is not a plausible count');
const zero = '0';

const id = z.string('is missing or no text').regex(/^\d{1,30}$/, 'is not an id');
/** A name is no figure: a strange one is no reason to lose the row. */
const name = z.string().transform(storable).nullish().catch(null);
const day = z.string('is missing').refine(isDay, 'is not a day');
const currency = z.string('is missing').regex(/^[A-Z]{3}$/, 'is not a currency');

const actions = z
  .array(
    z.object({ action_type: z.string('is missing').min(1, 'is empty').transform(storable), value: amount }),
  )
  .nullish();

const campaignRow = z.object({
  account_id: id.nullish(),
  account_currency: currency,
  campaign_id: id,
  campaign_name: name,
  date_start: day,
  date_stop: day,
  spend: amount.nullish(),
  impressions: count.nullish(),
  clicks: count.nullish(),
  inline_link_clicks: count.nullish(),
  reach: count.nullish(),
  actions,
  action_values: actions,
});

const adRow = campaignRow.extend({ adset_id: id, adset_name: name, ad_id: id, ad_name: name });

type CampaignRow = z.infer<typeof campaignRow>;
type AdRow = z.infer<typeof adRow>;

/**
 * One page of `/insights` with time_increment=1, as our rows. Every row of the page is in `rows` or in `rejected`;
 * never throws. Spend is in major units, clicks are all clicks (`clicks`), link clicks `inline_link_clicks`.
 */
export function toInsightPage(rows: readonly unknown[], asked: InsightQuestion): ReadRows {
  const page: ReadRows = { rows: [], rejected: [] };
  for (const row of rows) {
    const read = asked.level === 'AD' ? fromAd(row, asked) : fromCampaign(row, asked);
    if ('reason' in read) page.rejected.push({ reason: `${asked.level} row: ${read.reason}` });
    else page.rows.push(read);
  }
  return page;
}

function fromCampaign(raw: unknown, asked: InsightQuestion): InsightRow | RejectedRow {
  const parsed = campaignRow.safeParse(raw);
  return parsed.success ? toRow(parsed.data, null, asked) : { reason: explain(parsed.error) };
}

function fromAd(raw: unknown, asked: InsightQuestion): InsightRow | RejectedRow {
  const parsed = adRow.safeParse(raw);
  return parsed.success ? toRow(parsed.data, parsed.data, asked) : { reason: explain(parsed.error) };
}

function toRow(row: CampaignRow, ad: AdRow | null, asked: InsightQuestion): InsightRow | RejectedRow {
  const merged = mergeActions(row);
  const reason =
    strangeness(row, asked) ?? (merged === null ? 'one action type twice, with different figures' : null);
  if (reason !== null || merged === null) return { reason: reason ?? 'not readable' };
  return {
    level: asked.level,
    date: row.date_start,
    campaignExternalId: row.campaign_id,
    campaignName: row.campaign_name ?? null,
    adSetExternalId: ad?.adset_id ?? null,
    adSetName: ad?.adset_name ?? null,
    adExternalId: ad?.ad_id ?? null,
    adName: ad?.ad_name ?? null,
    currency: row.account_currency,
    spend: row.spend ?? zero,
    impressions: row.impressions ?? zero,
    clicks: row.clicks ?? zero,
    linkClicks: row.inline_link_clicks ?? zero,
    reach: row.reach ?? null,
    actions: merged,
  };
}

function strangeness(row: CampaignRow, asked: InsightQuestion): string | null {
  if (row.date_start !== row.date_stop) return 'spans more than one day';
  if (row.date_start < asked.range.from || row.date_start > asked.range.to)
    return 'lies outside the asked days';
  const other = row.account_id !== undefined && row.account_id !== null && row.account_id !== asked.accountId;
  return other ? 'belongs to another account' : null;
}

/** Null when an action type stands twice with different figures: nobody can say which is right. */
function mergeActions(row: CampaignRow): Record<string, ActionCount> | null {
  const counts = byType(row.actions);
  const values = byType(row.action_values);
  if (counts === null || values === null) return null;
  const types = new Set([...counts.keys(), ...values.keys()]);
  // fromEntries, because a type may be called `__proto__`.
  return Object.fromEntries(
    [...types].map((type) => [type, { count: counts.get(type) ?? zero, value: values.get(type) ?? zero }]),
  );
}

function byType(entries: CampaignRow['actions']): Map<string, string> | null {
  const found = new Map<string, string>();
  for (const { action_type: type, value } of entries ?? []) {
    if (found.has(type) && found.get(type) !== value) return null;
    found.set(type, value);
  }
  return found;
}

/** The first thing that is wrong, by place and kind, never with the value itself. */
function explain(error: z.ZodError): string {
  const issue = error.issues[0];
  const place = issue?.path.join('.') ?? '';
  return place === '' ? 'not an object' : `${place} ${issue?.message ?? 'is wrong'}`;
}
