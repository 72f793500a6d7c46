import type {
  AccountDay,
  ActionCount,
  DecimalText,
  InsightPage,
  InsightRow,
  UnservedCell,
} from '../../../connectors/ads/contract.ts';
import type { Day } from '../../../lib/days.ts';

/** What a page brought. */
export type PageContent = Omit<InsightPage, 'next'>;

/** What a kept text is: its first letter. */
export const KINDS = { page: 'P', totals: 'T', stored: 'S' } as const;

type Line = [
  level: InsightRow['level'],
  date: Day,
  campaignExternalId: string,
  campaignName: string | null,
  adSetExternalId: string | null,
  adSetName: string | null,
  adExternalId: string | null,
  adName: string | null,
  currency: string,
  spend: DecimalText,
  impressions: DecimalText,
  clicks: DecimalText,
  linkClicks: DecimalText,
  reach: DecimalText | null,
  actions: Record<string, ActionCount>,
];
type Packed = [rows: Line[], rejected: string[], unserved: UnservedCell[]];

/** A page as text; rows without the names of their fields, which would be half of it. */
export function packPage(page: PageContent): string {
  const packed: Packed = [
    page.rows.map(toLine),
    page.rejected.map(({ reason }) => reason),
    page.unserved ?? [],
  ];
  return KINDS.page + JSON.stringify(packed);
}

export function unpackPage(text: string): PageContent {
  const [lines, reasons, unserved] = JSON.parse(text.slice(1)) as Packed;
  return { rows: lines.map(toRow), rejected: reasons.map((reason) => ({ reason })), unserved };
}

/** Null = the platform could not tell. */
export function packTotals(totals: readonly AccountDay[] | null): string {
  return KINDS.totals + JSON.stringify(totals);
}

export function unpackTotals(text: string): AccountDay[] | null {
  return JSON.parse(text.slice(1)) as AccountDay[] | null;
}

/** That a window is stored, and how many rows it had brought. */
export function packStored(rows: number): string {
  return KINDS.stored + String(rows);
}

export function unpackStored(text: string): number {
  return Number(text.slice(1));
}

function toLine(row: InsightRow): Line {
  return [
    row.level,
    row.date,
    row.campaignExternalId,
    row.campaignName,
    row.adSetExternalId,
    row.adSetName,
    row.adExternalId,
    row.adName,
    row.currency,
    row.spend,
    row.impressions,
    row.clicks,
    row.linkClicks,
    row.reach,
    row.actions,
  ];
}

function toRow(line: Line): InsightRow {
  const [level, date, campaignExternalId, campaignName, adSetExternalId, adSetName, adExternalId, adName] =
    line;
  const [currency, spend, impressions, clicks, linkClicks, reach, actions] = line.slice(8) as [
    string,
    DecimalText,
    DecimalText,
    DecimalText,
    DecimalText,
    DecimalText | null,
    Record<string, ActionCount>,
  ];
  return {
    ...{ level, date, campaignExternalId, campaignName, adSetExternalId, adSetName, adExternalId, adName },
    ...{ currency, spend, impressions, clicks, linkClicks, reach, actions },
  };
}
