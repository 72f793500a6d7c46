import { z } from 'zod';
import type { AccountDay, InsightRow, RejectedRow } from '../contract.ts';
import type { CellOwner, Question } from './cells.ts';
import { keyOf, ownerFields, strangeness } from './cells.ts';
import type { Actions, Conversions } from './conversions.ts';
import { actionsOf, conversionMetrics, toConversions } from './conversions.ts';
import { count, currency, day, explain, id, micros } from './numbers.ts';
import { adName } from './structure.ts';

/** Rows of one answer, read. */
export interface ReadRows {
  rows: InsightRow[];
  rejected: RejectedRow[];
}

const figures = { costMicros: micros.nullish(), impressions: count.nullish(), clicks: count.nullish() };
const metricsRow = z.object({ ...ownerFields, metrics: z.object({ ...figures, ...conversionMetrics }) });
type Figures = Pick<InsightRow, 'spend' | 'impressions' | 'clicks'>;

/**
 * The answers of the two queries of one level, joined. Every row of the metrics is in `rows` or in `rejected`; never
 * throws. Spend is in major units. Google counts one kind of click, the one that leads to the advertiser: it is both
 * `clicks` and `linkClicks`. It has no daily reach.
 */
export function toInsights(
  answers: { metrics: readonly unknown[]; conversions: readonly unknown[] },
  asked: Question,
): ReadRows {
  const { cells, rejected } = toConversions(answers.conversions, asked);
  const rows: InsightRow[] = [];
  const refused: RejectedRow[] = [];
  const joined = new Set<string>();
  for (const raw of answers.metrics) {
    const read = metricsRow.safeParse(raw);
    const reason = read.success ? strangeness(read.data, asked) : explain(read.error);
    if (reason !== null || !read.success) {
      refused.push({ reason: `${asked.level} row: ${reason ?? 'not readable'}` });
      continue;
    }
    const key = keyOf(read.data, asked.level);
    rows.push(
      toRow(read.data, asked, {
        ...figuresOf(read.data.metrics),
        actions: actionsOf(read.data.metrics, cells.get(key)),
      }),
    );
    joined.add(key);
  }
  // A row that was refused is unknown, and must not come back as one without cost.
  const left = refused.length > 0 ? [] : [...cells].filter(([key]) => !joined.has(key));
  for (const [, found] of left) rows.push(conversionsOnly(found, asked));
  return { rows, rejected: [...refused, ...rejected] };
}

/** Conversions that were counted between the two queries, on a day that had nothing else. */
function conversionsOnly(found: Conversions, asked: Question): InsightRow {
  return toRow(found, asked, { ...figuresOf({}), actions: actionsOf({}, found) });
}

function toRow(
  { customer, campaign, adGroup, adGroupAd, segments }: CellOwner,
  { level }: Question,
  figuresOfRow: Figures & { actions: Actions },
): InsightRow {
  const ad = level === 'AD' && adGroup && adGroupAd ? { adGroup, ...adGroupAd } : null;
  return {
    level,
    date: segments.date,
    campaignExternalId: campaign.id,
    campaignName: campaign.name ?? null,
    adSetExternalId: ad?.adGroup.id ?? null,
    adSetName: ad?.adGroup.name ?? null,
    adExternalId: ad?.ad.id ?? null,
    adName: ad ? adName(ad.ad) : null,
    currency: customer.currencyCode,
    linkClicks: figuresOfRow.clicks,
    reach: null,
    ...figuresOfRow,
  };
}

function figuresOf(metrics: z.infer<z.ZodObject<typeof figures>>): Figures {
  return {
    spend: metrics.costMicros ?? '0',
    impressions: metrics.impressions ?? '0',
    clicks: metrics.clicks ?? '0',
  };
}

const accountDay = z.object({
  customer: z.object({ id, currencyCode: currency }),
  segments: z.object({ date: day }),
  metrics: z.object(figures),
});

/** The account's own totals; those that cannot be believed are left out, and are then not compared with. */
export function toAccountDays(rows: readonly unknown[], asked: Omit<Question, 'level'>): AccountDay[] {
  return rows.flatMap((row) => {
    const { data } = accountDay.safeParse(row);
    if (!data || data.customer.id !== asked.customerId) return [];
    const { date } = data.segments;
    if (date < asked.range.from || date > asked.range.to) return [];
    return [{ date, currency: data.customer.currencyCode, ...figuresOf(data.metrics) }];
  });
}
