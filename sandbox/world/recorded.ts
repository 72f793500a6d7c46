import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'csv-parse/sync';
import { dayNumber, dayText, isDay, type DayNumber } from './days.ts';
import { addMetrics, isNothing, NOTHING, type Metrics } from './metrics.ts';
import { keyOf } from './random.ts';
import type { Account, Ad, AdSet, Campaign, Life } from './structure.ts';

/** A recorded month and where to put it. */
export interface Recording {
  /** CSV with a header line; the columns needed are named in `COLUMNS`, in any order, others are ignored. */
  file: string;
  /** `YYYY-MM`: the days are moved into this month, the day of the month kept. */
  month: string;
}

export const RECORDED_ACCOUNT = 'act_1000000001';

const COLUMNS = [
  'Date',
  'ad_id',
  'xyz_campaign_id',
  'fb_campaign_id',
  'Impressions',
  'Clicks',
  'Spent',
  'Total_Conversion',
  'Approved_Conversion',
] as const;

type Cells = Record<(typeof COLUMNS)[number], string>;

interface RecordedRow {
  day: DayNumber;
  campaignId: string;
  adSetId: string;
  adId: string;
  metrics: Metrics;
}

/**
 * The recorded account, in USD and America/New_York. Its days never change: what was recorded is final.
 * Throws one Error that names the file and the line when a column is missing or a cell cannot be read.
 */
export function recordedAccount(recording: Recording): Account {
  if (!isDay(`${recording.month}-01`)) throw new Error(`${recording.month} is not a month (YYYY-MM)`);
  const first = dayNumber(`${recording.month}-01`);
  const account: Account = {
    externalId: RECORDED_ACCOUNT,
    name: 'Recorded account',
    currency: 'USD',
    timezone: 'America/New_York',
    statusCode: 1,
    firstDay: first,
    key: keyOf(RECORDED_ACCOUNT),
    campaigns: [],
    adSets: [],
    ads: [],
    deliver: () => null,
  };
  const cells = layOut(account, readRows(recording));
  account.deliver = (ad, day, seen) => (day > seen.today ? null : (cells.get(ad.index)?.get(day) ?? null));
  return account;
}

function readRows(recording: Recording): RecordedRow[] {
  const name = basename(recording.file);
  const text = readFileSync(recording.file, 'utf8');
  let line = 1;
  try {
    if (text.trim() === '') checkedHeader([]);
    const found: { record: Cells; info: { lines: number } }[] = parse(text, {
      info: true,
      skip_empty_lines: true,
      // Takes a byte order mark off as well.
      trim: true,
      columns: (header: string[]) => checkedHeader(header),
    });
    return found.map(({ record, info }) => {
      line = info.lines;
      return readRow(record, recording.month);
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // The parser names the line itself when the shape of a line is wrong.
    const place = / line \d+/.test(reason) ? name : `${name} line ${line}`;
    throw new Error(`${place}: ${reason}`, { cause: error });
  }
}

function checkedHeader(header: string[]): string[] {
  const missing = COLUMNS.filter((column) => !header.includes(column));
  if (missing.length > 0) throw new Error(`column ${missing.join(', ')} is missing`);
  return header;
}

function readRow(cells: Cells, month: string): RecordedRow {
  const purchases = wholeNumber(cells, 'Approved_Conversion');
  const clicks = wholeNumber(cells, 'Clicks');
  return {
    day: movedDay(cells.Date, month),
    campaignId: idOf(cells, 'xyz_campaign_id'),
    adSetId: idOf(cells, 'fb_campaign_id'),
    adId: idOf(cells, 'ad_id'),
    metrics: {
      ...NOTHING,
      impressions: wholeNumber(cells, 'Impressions'),
      spend: cents(cells.Spent),
      clicks,
      linkClicks: clicks,
      leads: wholeNumber(cells, 'Total_Conversion'),
      purchases,
    },
  };
}

/** Day-month-year; a day the month does not have becomes its last. */
function movedDay(text: string, month: string): DayNumber {
  const [, day = '', of = '', year = ''] = /^(\d{2})-(\d{2})-(\d{4})$/.exec(text) ?? [];
  if (!isDay(`${year}-${of}-${day}`))
    throw new Error(`Date ${JSON.stringify(text)} is not a day (DD-MM-YYYY)`);
  const first = dayNumber(`${month}-01`);
  const moved = first + Number(day) - 1;
  return dayText(moved).startsWith(month) ? moved : lastOfMonth(first);
}

function lastOfMonth(first: DayNumber): DayNumber {
  let day = first + 27;
  while (dayText(day + 1).slice(0, 7) === dayText(first).slice(0, 7)) day += 1;
  return day;
}

function idOf(cells: Cells, column: keyof Cells): string {
  const text = cells[column];
  if (!/^\d+$/.test(text)) throw new Error(`${column} ${JSON.stringify(text)} is not an id`);
  return text;
}

function wholeNumber(cells: Cells, column: keyof Cells): number {
  const text = cells[column];
  const value = /^\d+(\.0*)?$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value))
    throw new Error(`${column} ${JSON.stringify(text)} is not a whole number`);
  return value;
}

/** Each row is rounded to cents by itself, half up, on the digits as written; sums are exact from there. */
function cents(text: string): number {
  const plain = /^\d*\.?\d+e[+-]?\d+$/i.test(text) ? Number(text).toFixed(10) : text;
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d*))?$/.exec(plain) ?? [];
  if (whole === undefined) throw new Error(`Spent ${JSON.stringify(text)} is not a number`);
  const digits = fraction.padEnd(3, '0');
  const value = Number(whole + digits.slice(0, 2)) + (digits.charAt(2) >= '5' ? 1 : 0);
  if (!Number.isSafeInteger(value)) throw new Error(`Spent ${JSON.stringify(text)} is too large`);
  return value;
}

/** Builds the structure the rows mention and returns each ad's days; several rows of one cell are added up. */
function layOut(account: Account, rows: RecordedRow[]): Map<number, Map<DayNumber, Metrics>> {
  const life: Life = { from: account.firstDay, to: null, after: 'ACTIVE' };
  const campaigns = new Map<string, Campaign>();
  const adSets = new Map<string, AdSet>();
  const ads = new Map<string, Ad>();
  const cells = new Map<number, Map<DayNumber, Metrics>>();
  for (const row of rows) {
    const campaign = kept(campaigns, row.campaignId, () => recordedCampaign(account, row, life));
    const adSet = kept(adSets, `${row.campaignId}/${row.adSetId}`, () =>
      recordedAdSet(account, row, campaign),
    );
    const ad = kept(ads, `${row.campaignId}/${row.adSetId}/${row.adId}`, () =>
      recordedAd(account, row, adSet),
    );
    if (isNothing(row.metrics)) continue;
    const days = kept(cells, ad.index, () => new Map<DayNumber, Metrics>());
    addMetrics(
      kept(days, row.day, () => ({ ...NOTHING })),
      row.metrics,
    );
  }
  return cells;
}

function kept<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

function recordedCampaign(account: Account, row: RecordedRow, life: Life): Campaign {
  const name = `Campaign ${row.campaignId}`;
  const index = account.campaigns.length;
  const campaign: Campaign = { index, id: row.campaignId, name, purpose: 'sales', life, dailyBudget: 100_00 };
  account.campaigns.push(campaign);
  return campaign;
}

function recordedAdSet(account: Account, row: RecordedRow, campaign: Campaign): AdSet {
  const adSet: AdSet = {
    index: account.adSets.length,
    id: row.adSetId,
    name: `Ad set ${row.adSetId}`,
    campaign,
  };
  account.adSets.push(adSet);
  return adSet;
}

function recordedAd(account: Account, row: RecordedRow, adSet: AdSet): Ad {
  const { life } = adSet.campaign;
  const index = account.ads.length;
  const ad: Ad = {
    index,
    id: row.adId,
    name: `Ad ${row.adId}`,
    adSet,
    life,
    key: 0,
    size: 0,
    gaps: 0,
    video: false,
  };
  account.ads.push(ad);
  return ad;
}
