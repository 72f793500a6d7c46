import {
  addMonths,
  dayNumber,
  dayText,
  firstOfMonth,
  isDay,
  monthOf,
  weekday,
  type DayNumber,
} from '../world/days.ts';
import type { Slice } from '../world/rollUp.ts';
import { beyondRetention, invalidParameter } from './errors.ts';
import { isObject, readJson } from './json.ts';

const RETENTION_MONTHS = 37;

/** The days an insights call asks for, both ends inclusive. Throws 100 and 3018 as the platform does. */
export function rangeOf(params: URLSearchParams, today: DayNumber): Slice {
  const text = params.get('time_range');
  const range =
    text === null || text === '' ? presetRange(params.get('date_preset'), today) : readRange(text);
  if (range.from > range.to) throw invalidParameter('time_range: since must not be after until.');
  if (range.from < addMonths(today, -RETENTION_MONTHS)) throw beyondRetention();
  return range;
}

function readRange(text: string): Slice {
  const { since, until } = asObject(readJson(text));
  if (!isDay(since) || !isDay(until)) {
    throw invalidParameter('time_range: must be {"since":"YYYY-MM-DD","until":"YYYY-MM-DD"}.');
  }
  return { from: dayNumber(since), to: dayNumber(until) };
}

function asObject(value: unknown): { since?: unknown; until?: unknown } {
  return isObject(value) ? value : {};
}

function presetRange(preset: string | null, today: DayNumber): Slice {
  const name = preset === null || preset === '' ? 'last_30d' : preset;
  const lastDays = /^last_(3|7|14|28|30|90)d$/.exec(name)?.[1];
  // `last_Nd` ends yesterday.
  if (lastDays !== undefined) return { from: today - Number(lastDays), to: today - 1 };
  const range = PRESETS[name]?.(today);
  if (range === undefined)
    throw invalidParameter(`Param date_preset must be one of the presets, not ${name}.`);
  return range;
}

const PRESETS: Record<string, (today: DayNumber) => Slice> = {
  today: (today) => ({ from: today, to: today }),
  yesterday: (today) => ({ from: today - 1, to: today - 1 }),
  this_month: (today) => ({ from: firstOfMonth(today), to: today }),
  last_month: (today) => ({ from: addMonths(firstOfMonth(today), -1), to: firstOfMonth(today) - 1 }),
  this_quarter: (today) => ({ from: firstOfQuarter(today), to: today }),
  last_quarter: (today) => ({ from: addMonths(firstOfQuarter(today), -3), to: firstOfQuarter(today) - 1 }),
  this_week_mon_today: (today) => ({ from: today - weekday(today), to: today }),
  last_week_mon_sun: (today) => ({ from: today - weekday(today) - 7, to: today - weekday(today) - 1 }),
  this_year: (today) => ({ from: dayNumber(`${dayText(today).slice(0, 4)}-01-01`), to: today }),
  maximum: (today) => ({ from: addMonths(today, -RETENTION_MONTHS) + 1, to: today }),
};

function firstOfQuarter(day: DayNumber): DayNumber {
  return addMonths(firstOfMonth(day), -((monthOf(day) - 1) % 3));
}

/** Cuts a range by `time_increment`: 1-90 days, `monthly`, or `all_days` (default). Nothing starts after today. */
export function slicesOf(range: Slice, increment: string | null, today: DayNumber): Slice[] {
  if (increment === null || increment === '' || increment === 'all_days')
    return range.from > today ? [] : [range];
  const step = /^\d+$/.test(increment) ? Number(increment) : 0;
  if (increment !== 'monthly' && (step < 1 || step > 90)) {
    throw invalidParameter('Param time_increment must be 1-90, monthly or all_days.');
  }
  const slices: Slice[] = [];
  const end = Math.min(range.to, today);
  for (let from = range.from; from <= end;) {
    const next = increment === 'monthly' ? addMonths(firstOfMonth(from), 1) : from + step;
    slices.push({ from, to: Math.min(next - 1, range.to) });
    from = next;
  }
  return slices;
}
