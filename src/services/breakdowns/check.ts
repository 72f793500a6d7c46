import type { BreakdownKind, BreakdownRow } from '../../connectors/ads/breakdowns.ts';
import type { DayRange } from '../../lib/days.ts';
import { refusal as refusalOfFigures } from '../sync/check.ts';

/** The same as for insights: control characters and halves of surrogate pairs have no place in what is stored. */
const UNSTORABLE = /[\p{Cc}\p{Surrogate}]/u;
/** Ids and segments stand in one index entry, which PostgreSQL limits to 2,704 bytes. */
const LONGEST_ID = 64;
const LONGEST_SEGMENTS = 400;

/** Kinds whose rows are about an ad; those of the others are about a campaign. */
const OF_ADS: ReadonlySet<BreakdownKind> = new Set(['RELEVANCE']);

/** Why a row cannot be stored for the asked days, or null: the last gate before rows replace a window. */
export function refusal(row: BreakdownRow, kind: BreakdownKind, range: DayRange): string | null {
  const { campaignExternalId, adExternalId } = row;
  const reason = refusalOfFigures({ ...row, ...NOT_BROKEN_DOWN }, range);
  if (reason !== null) return reason;
  if (campaignExternalId.length > LONGEST_ID) return 'its campaign id is too long';
  if (OF_ADS.has(kind) !== (adExternalId !== null))
    return OF_ADS.has(kind) ? 'it has no ad id' : 'it is about an ad, not a campaign';
  if (adExternalId !== null && !isText(adExternalId)) return 'it has no ad id';
  return hasGoodSegments(row.segments) ? null : 'its segments cannot be stored';
}

/** Makes a campaign's insight of a row, so that its figures pass the same gate. */
const NOT_BROKEN_DOWN = {
  level: 'CAMPAIGN',
  campaignName: null,
  adSetExternalId: null,
  adSetName: null,
  adName: null,
  reach: null,
} as const;

function isText(id: string): boolean {
  return id !== '' && id.length <= LONGEST_ID && !UNSTORABLE.test(id);
}

function hasGoodSegments(segments: BreakdownRow['segments']): boolean {
  const entries = Object.entries(segments);
  let length = 0;
  for (const [name, value] of entries) {
    if (UNSTORABLE.test(name) || typeof value !== 'string' || UNSTORABLE.test(value)) return false;
    length += name.length + value.length;
  }
  return entries.length > 0 && length <= LONGEST_SEGMENTS;
}
