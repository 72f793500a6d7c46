import { isDeepStrictEqual } from 'node:util';
import type { InsightRow } from '../../connectors/ads/contract.ts';
import type { Day } from '../../lib/days.ts';
import { canonical } from '../../lib/money.ts';
import type { Measures } from '../sync/balance.ts';
import { Balance } from '../sync/balance.ts';
import type { CampaignRows, Fact } from '../sync/insights.ts';
import { currencyToldBy } from '../sync/insights.ts';
import type { StoredRow } from './sql.ts';

const NO_NAMES = { campaignName: null, adSetName: null, adName: null };
const NOTHING: Measures = {
  spend: '0',
  impressions: '0',
  clicks: '0',
  linkClicks: '0',
  actions: {},
  goals: [],
};

/**
 * The rows of both levels that the stored ones came from: an ad's row is stored as it was, and a campaign's row is the
 * sum of its ads and its remainder, figures and actions. Goals never are: a campaign's goal is chosen from the
 * campaign's actions, as the platform sums them, not from what was chosen for each ad. `rows` of a campaign-day stand
 * together; `known` says what the rows alone do not (WindowFacts.campaignRows).
 */
export function* insightRowsOf(
  rows: readonly StoredRow[],
  known: ReadonlyMap<Day, CampaignRows>,
): Generator<InsightRow> {
  for (const campaignDay of campaignDaysOf(rows)) {
    for (const row of campaignDay) if (row.ad !== null) yield adRow(row);
    const currency = currencyOf(campaignDay, known);
    if (currency !== null) yield campaignRow(campaignDay, currency);
  }
}

function* campaignDaysOf(rows: readonly StoredRow[]): Generator<StoredRow[]> {
  let group: StoredRow[] = [];
  for (const row of rows) {
    const first = group[0];
    if (first && (first.date !== row.date || first.campaign !== row.campaign)) {
      yield group;
      group = [];
    }
    group.push(row);
  }
  if (group.length > 0) yield group;
}

/** The currency of the campaign's own row; null when the platform reported none. */
function currencyOf(rows: readonly StoredRow[], known: ReadonlyMap<Day, CampaignRows>): string | null {
  const first = rows[0];
  if (!first) return null;
  const told = known.get(first.date);
  if (told && Object.hasOwn(told, first.campaign)) return told[first.campaign] ?? null;
  return currencyToldBy(rows);
}

function adRow(row: StoredRow): InsightRow {
  return {
    ...NO_NAMES,
    level: 'AD',
    date: row.date,
    campaignExternalId: row.campaign,
    adSetExternalId: row.ad_set,
    adExternalId: row.ad,
    currency: row.currency,
    ...measuresOf(row),
    reach: row.reach,
  };
}

/** Rows in another currency are not part of it. Its reach is not known, and never was asked for. */
function campaignRow(rows: readonly StoredRow[], currency: string): InsightRow {
  const balance = new Balance();
  for (const row of rows) if (row.currency === currency) balance.comeIn({ ...measuresOf(row), goals: [] });
  const { spend, impressions, clicks, linkClicks, actions } = balance.left() ?? NOTHING;
  return {
    ...NO_NAMES,
    level: 'CAMPAIGN',
    date: rows[0]?.date ?? '',
    campaignExternalId: rows[0]?.campaign ?? '',
    adSetExternalId: null,
    adExternalId: null,
    currency,
    ...{ spend, impressions, clicks, linkClicks, reach: null, actions },
  };
}

function measuresOf(row: StoredRow): Omit<Measures, 'goals'> & Pick<InsightRow, 'actions'> {
  const { spend, impressions, clicks, link_clicks: linkClicks, actions } = row;
  return { spend, impressions, clicks, linkClicks, actions };
}

/** How many stored rows are not as they should be: with other goals, missing, or too many. */
export function countChanges(rows: readonly StoredRow[], facts: readonly Fact[]): number {
  const stored = new Map(rows.map((row) => [keyOf(row.date, row.campaign, row.ad), row]));
  let changed = 0;
  for (const fact of facts) {
    const key = keyOf(fact.date, fact.campaign, fact.ad);
    const row = stored.get(key);
    if (!row || differs(row, fact)) changed += 1;
    stored.delete(key);
  }
  return changed + stored.size;
}

function keyOf(date: Day, campaign: string, ad: string | null): string {
  return `${date}\n${campaign}\n${ad ?? ''}`;
}

function differs(row: StoredRow, fact: Fact): boolean {
  return (
    canonical(row.conversions) !== fact.conversions ||
    canonical(row.conversion_value) !== fact.conversionValue ||
    !isDeepStrictEqual(row.goals, JSON.parse(fact.goals))
  );
}
