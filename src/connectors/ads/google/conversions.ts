import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { DecimalSum, isZero } from '../../../lib/money.ts';
import type { ActionCount, DecimalText, RejectedRow } from '../contract.ts';
import type { CellOwner, Question } from './cells.ts';
import { keyOf, ownerFields, strangeness } from './cells.ts';
import { double, explain, word } from './numbers.ts';

/**
 * The action types of a row. One conversion stands under several of them, so a goal picks one and nothing is ever
 * summed across keys:
 *
 * - `conversion_action:<id>` one conversion action, all its conversions, be it primary or secondary (all_conversions)
 * - `PURCHASE`, `SUBMIT_LEAD_FORM`, … the primary actions of a category, as in Google's column "Conversions"
 * - `all:PURCHASE`, … primary and secondary actions of a category, as in "All conv."; one purchase that two actions count
 *   is in it twice
 * - `conversions`, `all_conversions` the totals of these two columns
 */
export type Actions = Record<string, ActionCount>;

/** What the second query found for one cell. */
export interface Conversions extends CellOwner {
  byAction: Map<string, ActionFound>;
}

/** One conversion action in one cell. */
interface ActionFound {
  category: string;
  /** Of the column "Conversions": nothing when the action is secondary. */
  own: ActionCount;
  all: ActionCount;
}

const metric = double.nullish();
export const conversionMetrics = {
  conversions: metric,
  conversionsValue: metric,
  allConversions: metric,
  allConversionsValue: metric,
};

const resource = z
  .string('is missing')
  .regex(/^customers\/\d{1,20}\/conversionActions\/\d{1,20}$/, 'is not a conversion action');

const conversionRow = z.object({
  ...ownerFields,
  segments: z.object({
    ...ownerFields.segments.shape,
    conversionAction: resource,
    conversionActionCategory: word.nullish().catch(null),
  }),
  metrics: z.object(conversionMetrics),
});

/** Categories that say nothing. */
const NO_CATEGORY = new Set(['UNSPECIFIED', 'UNKNOWN']);

/**
 * The rows of the conversions query, by cell. What comes twice counts once; a row that cannot be believed is left out
 * and told; never throws.
 */
export function toConversions(
  rows: readonly unknown[],
  asked: Question,
): { cells: Map<string, Conversions>; rejected: RejectedRow[] } {
  const cells = new Map<string, Conversions>();
  const rejected: RejectedRow[] = [];
  for (const row of rows) {
    const read = conversionRow.safeParse(row);
    const reason = read.success
      ? (strangeness(read.data, asked) ?? add(cells, read.data, asked))
      : explain(read.error);
    if (reason !== null) rejected.push({ reason: `${asked.level} conversions: ${reason}` });
  }
  return { cells, rejected };
}

/** Why the row was not added; null when it was, or had been already. */
function add(
  cells: Map<string, Conversions>,
  row: z.infer<typeof conversionRow>,
  { level }: Question,
): string | null {
  const { customer, campaign, adGroup, adGroupAd, segments, metrics } = row;
  const key = keyOf(row, level);
  const cell = cells.get(key) ?? { customer, campaign, adGroup, adGroupAd, segments, byAction: new Map() };
  cells.set(key, cell);
  const action = segments.conversionAction.split('/').at(-1) ?? '';
  const found: ActionFound = {
    category: segments.conversionActionCategory ?? 'UNKNOWN',
    own: pair(metrics.conversions, metrics.conversionsValue),
    all: pair(metrics.allConversions, metrics.allConversionsValue),
  };
  const earlier = cell.byAction.get(action);
  if (earlier)
    return isDeepStrictEqual(earlier, found) ? null : 'one conversion action twice, with different figures';
  cell.byAction.set(action, found);
  return null;
}

function pair(count: DecimalText | null | undefined, value: DecimalText | null | undefined): ActionCount {
  return { count: count ?? '0', value: value ?? '0' };
}

interface Totals {
  conversions?: DecimalText | null | undefined;
  conversionsValue?: DecimalText | null | undefined;
  allConversions?: DecimalText | null | undefined;
  allConversionsValue?: DecimalText | null | undefined;
}

/** A cell's actions: its totals, when the metrics told them, and what the conversions query found. */
export function actionsOf(totals: Totals, found: Conversions | undefined): Actions {
  const sums = new Map<string, { count: DecimalSum; value: DecimalSum }>();
  const count = (key: string, one: ActionCount): void => {
    if (isZero(one.count) && isZero(one.value)) return;
    const sum = sums.get(key) ?? { count: new DecimalSum(), value: new DecimalSum() };
    sum.count.add(one.count);
    sum.value.add(one.value);
    sums.set(key, sum);
  };
  count('conversions', pair(totals.conversions, totals.conversionsValue));
  count('all_conversions', pair(totals.allConversions, totals.allConversionsValue));
  for (const [action, { category, own, all }] of found?.byAction ?? []) {
    count(`conversion_action:${action}`, all);
    if (NO_CATEGORY.has(category)) continue;
    count(category, own);
    count(`all:${category}`, all);
  }
  return Object.fromEntries(
    [...sums].map(([key, sum]) => [key, { count: sum.count.text(), value: sum.value.text() }]),
  );
}
