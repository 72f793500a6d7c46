import type { Json } from '../json.ts';
import { sumOf } from '../world/facts.ts';
import type { Field, Source } from './field.ts';

const MILLION = 1_000_000;

function whole(name: string, read: (source: Source) => number): Field {
  return { name: `metrics.${name}`, type: 'int64', read: (source) => String(read(source)) };
}

function fraction(name: string, read: (source: Source) => Json): Field {
  return { name: `metrics.${name}`, type: 'double', read };
}

/** Nothing to divide by is no value. */
function ratio(part: number, of: number, factor = 1): Json {
  return of === 0 ? undefined : (part / of) * factor;
}

/** Of the segment's action, or of all of them. */
function counted(source: Source, what: 'conversions' | 'values', primary: boolean): number {
  const { customer, action, figures } = source;
  if (action === null) return sumOf(customer, figures[what], primary);
  return primary && !action.primary ? 0 : (figures[what][action.index] ?? 0);
}

function ofConversions(name: string, what: 'conversions' | 'values', primary: boolean): Field {
  const read = (source: Source): Json => counted(source, what, primary) / MILLION;
  return { ...fraction(name, read), ofConversions: true };
}

export const METRIC_FIELDS: readonly Field[] = [
  whole('impressions', ({ figures }) => figures.impressions),
  whole('clicks', ({ figures }) => figures.clicks),
  whole('interactions', ({ figures }) => figures.clicks),
  whole('cost_micros', ({ figures }) => figures.costMicros),
  { ...whole('video_views', ({ figures }) => figures.videoViews), until: 21 },
  { ...whole('video_trueview_views', ({ figures }) => figures.videoViews), since: 22 },
  {
    // They are all of the first action.
    ...whole('view_through_conversions', ({ figures, action }) =>
      action === null || action.index === 0 ? figures.viewThroughs : 0,
    ),
    ofConversions: true,
  },
  fraction('ctr', ({ figures }) => ratio(figures.clicks, figures.impressions) ?? 0),
  fraction('interaction_rate', ({ figures }) => ratio(figures.clicks, figures.impressions) ?? 0),
  fraction('average_cpc', ({ figures }) => ratio(figures.costMicros, figures.clicks)),
  fraction('average_cost', ({ figures }) => ratio(figures.costMicros, figures.clicks)),
  fraction('average_cpm', ({ figures }) => ratio(figures.costMicros, figures.impressions, 1000)),
  ofConversions('conversions', 'conversions', true),
  ofConversions('conversions_value', 'values', true),
  ofConversions('all_conversions', 'conversions', false),
  ofConversions('all_conversions_value', 'values', false),
  {
    ...fraction('value_per_conversion', (source) =>
      ratio(counted(source, 'values', true), counted(source, 'conversions', true)),
    ),
    ofConversions: true,
  },
  fraction('cost_per_conversion', (source) =>
    ratio(source.figures.costMicros, counted(source, 'conversions', true) / MILLION),
  ),
];
