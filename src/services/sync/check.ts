import type { AccountDay, InsightRow } from '../../connectors/ads/contract.ts';
import type { DayRange } from '../../lib/days.ts';
import { isDecimal } from '../../lib/decimal.ts';

/** Far above anything one ad can do in a day, far below where a sum of many would overflow a bigint. */
const WHOLE = /^\d{1,15}$/;
const CURRENCY = /^[A-Z]{3}$/;
/** PostgreSQL's numeric goes further, but no money does. */
const MOST_DIGITS = 60;
/** Control characters have no place in an id, and PostgreSQL holds neither NUL nor halves of a surrogate pair. */
const UNSTORABLE = /[\p{Cc}\p{Surrogate}]/u;

/**
 * Why a row cannot be stored for the asked days, or null. The connector has already refused what its platform
 * could not have meant; this is the last gate before rows replace a slice.
 */
export function refusal(row: InsightRow, range: DayRange): string | null {
  if (row.date < range.from || row.date > range.to) return 'its day was not asked for';
  if (!isId(row.campaignExternalId)) return 'it has no campaign id';
  if (row.level === 'AD' && !(isId(row.adExternalId) && isId(row.adSetExternalId)))
    return 'it has no ad or ad set id';
  if (!CURRENCY.test(row.currency)) return 'its currency is not a currency code';
  if (!isNumber(row.spend)) return 'its spend is not a number';
  if (!(WHOLE.test(row.impressions) && WHOLE.test(row.clicks) && WHOLE.test(row.linkClicks)))
    return 'a counter is not a whole number';
  if (row.reach !== null && !WHOLE.test(row.reach)) return 'its reach is not a whole number';
  return hasGoodActions(row) ? null : 'an action is not a number';
}

/** The same for the account's own total of a day. */
export function totalRefusal(total: AccountDay, range: DayRange): string | null {
  if (total.date < range.from || total.date > range.to) return 'a total is of a day that was not asked for';
  if (!CURRENCY.test(total.currency)) return "a total's currency is not a currency code";
  const isGood = isNumber(total.spend) && WHOLE.test(total.impressions) && WHOLE.test(total.clicks);
  return isGood ? null : 'a total is not a number';
}

function hasGoodActions(row: InsightRow): boolean {
  for (const type in row.actions) {
    const reported = row.actions[type];
    if (!reported || !isNumber(reported.count) || !isNumber(reported.value)) return false;
    if (UNSTORABLE.test(type)) return false;
  }
  return true;
}

function isNumber(text: string): boolean {
  return text === '0' || (text.length <= MOST_DIGITS && isDecimal(text));
}

function isId(text: string | null): boolean {
  return text !== null && text !== '' && !UNSTORABLE.test(text);
}
