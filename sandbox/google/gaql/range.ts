import { addMonths, dayNumber, firstOfMonth, isDay, weekday, type DayNumber } from '../../world/days.ts';
import { queryError } from '../errors.ts';
import type { Condition } from './read.ts';

/** Days, both ends inclusive. */
export interface Range {
  from: DayNumber;
  to: DayNumber;
}

const LITERALS: Record<string, (today: DayNumber) => Range> = {
  TODAY: (today) => ({ from: today, to: today }),
  YESTERDAY: (today) => ({ from: today - 1, to: today - 1 }),
  // The literals of several days end yesterday.
  LAST_7_DAYS: (today) => ({ from: today - 7, to: today - 1 }),
  LAST_14_DAYS: (today) => ({ from: today - 14, to: today - 1 }),
  LAST_30_DAYS: (today) => ({ from: today - 30, to: today - 1 }),
  THIS_MONTH: (today) => ({ from: firstOfMonth(today), to: today }),
  LAST_MONTH: (today) => ({ from: addMonths(firstOfMonth(today), -1), to: firstOfMonth(today) - 1 }),
  THIS_WEEK_MON_TODAY: (today) => ({ from: today - weekday(today), to: today }),
  THIS_WEEK_SUN_TODAY: (today) => ({ from: today - ((weekday(today) + 1) % 7), to: today }),
  LAST_WEEK_MON_SUN: (today) => ({ from: today - weekday(today) - 7, to: today - weekday(today) - 1 }),
};

/**
 * The days that conditions on `segments.date` leave; null without any such condition.
 * Throws queryError when they are not dates or leave one end open.
 */
export function rangeOf(conditions: readonly Condition[], today: DayNumber): Range | null {
  const ranges = conditions.map((condition) => rangeOfOne(condition, today));
  if (ranges.length === 0) return null;
  const from = Math.max(...ranges.map((range) => range.from));
  const to = Math.min(...ranges.map((range) => range.to));
  if (!Number.isFinite(from) || !Number.isFinite(to)) throw expectedRange();
  return { from, to };
}

export function expectedRange(): Error {
  const message =
    "Filtering on a finite date range is required: use BETWEEN, DURING, '=' or both '>=' and '<=' on segments.date.";
  return queryError('EXPECTED_FILTERS_ON_DATE_RANGE', message);
}

function rangeOfOne({ operator, values }: Condition, today: DayNumber): Range {
  const [first = '', second = ''] = values;
  if (operator === 'DURING') {
    const range = LITERALS[first]?.(today);
    if (range === undefined)
      throw queryError('INVALID_VALUE_WITH_DURING_OPERATOR', `Invalid value with DURING: ${first}.`);
    return range;
  }
  if (operator === 'BETWEEN') {
    const range = { from: dayOf(first), to: dayOf(second) };
    if (range.from > range.to)
      throw queryError('INVALID_VALUE_WITH_BETWEEN_OPERATOR', 'The start date is after the end date.');
    return range;
  }
  const day = dayOf(first);
  if (operator === '=') return { from: day, to: day };
  if (operator === '>=' || operator === '>') return { from: operator === '>' ? day + 1 : day, to: Infinity };
  if (operator === '<=' || operator === '<') return { from: -Infinity, to: operator === '<' ? day - 1 : day };
  throw queryError('BAD_OPERATOR', `The operator ${operator} is not for segments.date.`);
}

function dayOf(text: string): DayNumber {
  if (isDay(text)) return dayNumber(text);
  throw queryError('INVALID_DATE_FORMAT', `Invalid date: '${String(text)}' (yyyy-mm-dd).`);
}
