import { dayText, firstOfMonth, weekday } from '../../world/days.ts';
import type { Field, Source } from './field.ts';

/** Where each segment of time begins. */
export const PERIODS: Record<string, (day: number) => number> = {
  'segments.date': (day) => day,
  'segments.week': (day) => day - weekday(day),
  'segments.month': firstOfMonth,
};

const DAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];

const beginning = (name: string) => (source: Source) =>
  source.period === null ? undefined : dayText(PERIODS[name]?.(source.period) ?? source.period);

export const SEGMENT_FIELDS: readonly Field[] = [
  ...Object.keys(PERIODS).map((name): Field => ({ name, read: beginning(name) })),
  {
    name: 'segments.day_of_week',
    type: 'enum',
    read: ({ period }) => (period === null ? undefined : DAYS[weekday(period)]),
  },
  {
    name: 'segments.conversion_action',
    ofConversions: true,
    read: ({ customer, action }) => action && `customers/${customer.id}/conversionActions/${action.id}`,
  },
  { name: 'segments.conversion_action_name', ofConversions: true, read: ({ action }) => action?.name },
  {
    name: 'segments.conversion_action_category',
    type: 'enum',
    ofConversions: true,
    read: ({ action }) => action?.category,
  },
];
