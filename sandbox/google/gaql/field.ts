import type { DayNumber } from '../../world/days.ts';
import type { Json } from '../json.ts';
import type { Place } from '../world/collect.ts';
import type { Figures } from '../world/deliver.ts';
import type { ConversionAction, Customer } from '../world/structure.ts';

/** Everything a cell of an answer may be read from. */
export interface Source {
  /** Whom the call is about. */
  customer: Customer;
  today: DayNumber;
  place: Place;
  /** The row of `customer_client`. */
  client: { customer: Customer; level: number } | null;
  /** The row of `conversion_action`, or the segment of one. */
  action: ConversionAction | null;
  /** First day of the segment; null without a segment of time. */
  period: DayNumber | null;
  figures: Figures;
}

/** One field of GAQL. int64 values are read as text, as they are written. */
export interface Field {
  /** `metrics.cost_micros`. */
  name: string;
  /** Default: a text. */
  type?: 'int64' | 'double' | 'bool' | 'enum';
  /** First version that has it. */
  since?: number;
  /** Last version that has it. */
  until?: number;
  /** Metrics that go together with segments of a conversion action, and those segments. */
  ofConversions?: true;
  read: (source: Source) => Json;
}
