import type { DayRange } from '../../../lib/days.ts';
import { storable } from '../../../lib/text.ts';
import type { BreakdownKind, BreakdownPage, BreakdownQuestion, BreakdownRow } from '../breakdowns.ts';
import type { AccountAccess, Bookmark, InsightRow } from '../contract.ts';
import { accountIdOf } from './calls.ts';
import { CAMPAIGN_PART_FIELDS, RANKING_FIELDS, RANKINGS } from './fields.ts';
import { bookmarkOf, planFrom } from './plan.ts';
import { firstQuestion } from './question.ts';
import type { Desk } from './reading.ts';
import { readAnswers } from './reading.ts';
import { toInsightPage } from './transform.ts';

interface Kind {
  level: 'campaign' | 'ad';
  /** Meta's breakdowns. */
  breakdowns: readonly string[];
  fields: readonly string[];
  /** The members of a row that make its segments. */
  segments: readonly string[];
}

const byCampaign = (...breakdowns: string[]): Kind => ({
  level: 'campaign',
  breakdowns,
  fields: CAMPAIGN_PART_FIELDS,
  segments: breakdowns,
});

/** "Insights API Breakdowns": what can be combined. Rankings are metrics of an ad, not a breakdown of Meta's. */
const KINDS: Readonly<Record<BreakdownKind, Kind>> = {
  DEMOGRAPHICS: byCampaign('age', 'gender'),
  PLACEMENTS: byCampaign('publisher_platform', 'platform_position'),
  RELEVANCE: { level: 'ad', breakdowns: [], fields: RANKING_FIELDS, segments: RANKINGS },
};

/** One breakdown, daily, page by page. What Meta would not serve is told. */
export async function* readBreakdowns(
  desk: Desk,
  access: AccountAccess,
  { asked, from }: { asked: BreakdownQuestion; from?: Bookmark | undefined },
): AsyncGenerator<BreakdownPage> {
  const accountId = accountIdOf(access);
  const { range } = asked;
  const kind = KINDS[asked.kind];
  const about = `${asked.kind} ${range.from} ${range.to}`;
  const first = [firstQuestion(kind.level, range, desk.syncDays)];
  const subject = { access, daily: true, breakdowns: kind.breakdowns, fields: () => kind.fields };
  for await (const page of readAnswers(desk, subject, planFrom(from, about, first))) {
    const read = toParts(page.rows, { kind, range: page.asked, accountId });
    const { from: since, to } = page.asked;
    const unserved = page.refused === null ? [] : [{ range: { from: since, to }, reason: page.refused }];
    yield { ...read, unserved, next: bookmarkOf(page.next, about) };
  }
}

interface Asked {
  kind: Kind;
  range: DayRange;
  accountId: string;
}

function toParts(rows: readonly unknown[], asked: Asked): Pick<BreakdownPage, 'rows' | 'rejected'> {
  const { kind, range, accountId } = asked;
  const parts: Pick<BreakdownPage, 'rows' | 'rejected'> = { rows: [], rejected: [] };
  for (const raw of rows) {
    const segments = segmentsOf(raw, kind.segments);
    const isRanked = kind.segments !== RANKINGS || Object.values(segments).some(isKnown);
    if (!isRanked) continue;
    const read = toInsightPage([raw], { level: kind.level === 'ad' ? 'AD' : 'CAMPAIGN', range, accountId });
    parts.rejected.push(...read.rejected);
    parts.rows.push(...read.rows.map((row) => toPart(row, segments)));
  }
  return parts;
}

/** Without a ranking Meta says UNKNOWN, or nothing. */
function isKnown(ranking: string): boolean {
  return ranking !== 'UNKNOWN';
}

/** What Meta leaves out is UNKNOWN for rankings and `unknown` for its own breakdowns, as it writes them itself. */
function segmentsOf(raw: unknown, names: readonly string[]): Record<string, string> {
  const row = new Map(Object.entries(typeof raw === 'object' && raw !== null ? raw : {}));
  const absent = names === RANKINGS ? 'UNKNOWN' : 'unknown';
  return Object.fromEntries(
    names.map((name) => {
      const value: unknown = row.get(name);
      return [name, typeof value === 'string' && value !== '' ? storable(value) : absent];
    }),
  );
}

function toPart(row: InsightRow, segments: Record<string, string>): BreakdownRow {
  const { date, campaignExternalId, adExternalId, currency } = row;
  const { spend, impressions, clicks, linkClicks, actions } = row;
  const figures = { currency, spend, impressions, clicks, linkClicks, actions };
  return { date, campaignExternalId, adExternalId, segments, ...figures };
}
