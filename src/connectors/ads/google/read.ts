import { z } from 'zod';
import type { Day, DayRange } from '../../../lib/days.ts';
import { addDays, daysBetween, isDay } from '../../../lib/days.ts';
import { ConnectorError } from '../../errors.ts';
import type { Bookmark, InsightPage, StructurePage } from '../contract.ts';
import { GoogleError } from './answer.ts';
import type { AdsApi, CustomerAccess } from './api.ts';
import type { Level, List } from './fields.ts';
import { conversionsQuery, LISTS, listQuery, metricsQuery } from './fields.ts';
import { toAd, toAdSet, toCampaign } from './structure.ts';
import type { ReadRows } from './transform.ts';
import { toInsights } from './transform.ts';

export interface Reading {
  api: AdsApi;
  access: CustomerAccess;
}

/** Objects of one structure query. */
const LIST_ROWS = 10_000;
/** Rows of one page that is handed on. */
const PAGE_ROWS = 5_000;
/** Of an answer that can still be asked for in parts; one for a single day may be as large as any. */
const PART_BYTES = 24 * 1024 * 1024;

const listPlace = z.object({ list: z.enum(LISTS), after: z.string().regex(/^\d{1,20}$/) });
type ListPlace = z.infer<typeof listPlace>;

/** Campaigns, then ad groups, then ads, by their ids. A bookmark is the last id that was read. */
export async function* readStructure(
  { api, access }: Reading,
  from?: Bookmark,
): AsyncGenerator<StructurePage> {
  let place: ListPlace | null = listPlace.safeParse(from).data ?? { list: 'campaigns', after: '0' };
  while (place !== null) {
    const { list, after }: ListPlace = place;
    const rows = await api.search(access, listQuery(list, { after, limit: LIST_ROWS }));
    const read = toObjects(list, rows);
    const objects = [...read.campaigns, ...read.adSets, ...read.ads];
    place = rows.length < LIST_ROWS ? listAfter(list) : { list, after: lastId(objects, after) };
    yield { ...read, next: place };
  }
}

function toObjects(list: List, rows: readonly unknown[]): Omit<StructurePage, 'next'> {
  const objects = <T>(of: List, read: (row: unknown) => T | null): T[] =>
    list === of ? rows.map(read).filter((one) => one !== null) : [];
  return {
    campaigns: objects('campaigns', toCampaign),
    adSets: objects('adGroups', toAdSet),
    ads: objects('ads', toAd),
  };
}

function listAfter(list: List): ListPlace | null {
  const next = LISTS[LISTS.indexOf(list) + 1];
  return next === undefined ? null : { list: next, after: '0' };
}

function lastId(objects: readonly { externalId: string }[], after: string): string {
  let last = BigInt(after);
  for (const { externalId } of objects) if (BigInt(externalId) > last) last = BigInt(externalId);
  if (String(last) !== after) return String(last);
  throw new ConnectorError("Google's list does not go on.", { failure: 'RETRY' });
}

/** The part that comes next: `days` days of one level. */
const partPlace = z.object({
  level: z.enum(['CAMPAIGN', 'AD']),
  from: z.string().refine(isDay),
  days: z.number().int().positive(),
});
type PartPlace = z.infer<typeof partPlace>;

/**
 * Campaigns first: they are the truth, ads are the detail. One level of the whole range is one part; a part that is too
 * large is halved. The bookmark of a page is the part it goes on with, so after a kill a part may come again, whole.
 */
export async function* readInsights(
  reading: Reading,
  range: DayRange,
  from?: Bookmark,
): AsyncGenerator<InsightPage> {
  const days = daysBetween(range.from, range.to) + 1;
  let place: PartPlace | null = placeIn(range, from) ?? { level: 'CAMPAIGN', from: range.from, days };
  while (place !== null) {
    const { level }: PartPlace = place;
    const part = partOf(place, range);
    const length = daysBetween(part.from, part.to) + 1;
    let read: ReadRows;
    try {
      read = await readPart(reading, level, part);
    } catch (error) {
      if (!(error instanceof GoogleError) || !error.askForLess) throw error;
      if (length === 1 && error.failure !== 'FIX') throw error;
      if (length > 1) {
        place = { level, from: part.from, days: Math.ceil(length / 2) };
        continue;
      }
      place = placeAfter(place, part, range);
      const reason = 'Google has more rows for this day than one answer may hold.';
      const unserved = [{ level, date: part.from, campaignExternalId: null, reason }];
      yield { rows: [], rejected: [], unserved, next: place };
      continue;
    }
    const here = place;
    place = placeAfter(place, part, range);
    yield* cut(read, { here, next: place });
  }
}

/** Null when the bookmark is of another range, or none. */
function placeIn(range: DayRange, from: Bookmark | undefined): PartPlace | null {
  const place = partPlace.safeParse(from).data;
  return place && place.from >= range.from && place.from <= range.to ? place : null;
}

function partOf({ from, days }: PartPlace, range: DayRange): DayRange {
  const to: Day = addDays(from, days - 1);
  return { from, to: to < range.to ? to : range.to };
}

function placeAfter({ level, days }: PartPlace, part: DayRange, range: DayRange): PartPlace | null {
  if (part.to < range.to) return { level, from: addDays(part.to, 1), days };
  if (level === 'AD') return null;
  return { level: 'AD', from: range.from, days: daysBetween(range.from, range.to) + 1 };
}

async function readPart({ api, access }: Reading, level: Level, range: DayRange): Promise<ReadRows> {
  const maxBytes = range.from < range.to ? PART_BYTES : undefined;
  const conversions = await api.search(access, conversionsQuery(level, range), maxBytes);
  const metrics = await api.search(access, metricsQuery(level, range), maxBytes);
  return toInsights({ metrics, conversions }, { level, range, customerId: access.customerId });
}

function* cut(
  { rows, rejected }: ReadRows,
  { here, next }: { here: PartPlace; next: PartPlace | null },
): Generator<InsightPage> {
  for (let first = 0; first + PAGE_ROWS < rows.length; first += PAGE_ROWS) {
    yield { rows: rows.slice(first, first + PAGE_ROWS), rejected: [], next: here };
  }
  const last = Math.floor(Math.max(0, rows.length - 1) / PAGE_ROWS) * PAGE_ROWS;
  yield { rows: rows.slice(last), rejected, next };
}
