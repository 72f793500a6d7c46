import type { Field } from './field.ts';
import { METRIC_FIELDS } from './metrics.ts';
import { OBJECT_FIELDS } from './objects.ts';
import { SEGMENT_FIELDS } from './segments.ts';

const FIELDS: ReadonlyMap<string, Field> = new Map(
  [...OBJECT_FIELDS, ...SEGMENT_FIELDS, ...METRIC_FIELDS].map((field) => [field.name, field]),
);

/** The field as a version knows it. */
export function findField(name: string, version: number): Field | undefined {
  const field = FIELDS.get(name);
  if (field === undefined) return undefined;
  return version >= (field.since ?? 0) && version <= (field.until ?? Infinity) ? field : undefined;
}

/** `metrics.cost_micros` is at `metrics`, `costMicros`. */
export function pathOf(name: string): string[] {
  return name.split('.').map((part) => part.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()));
}

/** The resource a field belongs to: `metrics`, `segments`, `campaign`, … */
export function resourceOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}
