import { z } from 'zod';
import type { DayRange } from '../../../lib/days.ts';
import type { Level } from './fields.ts';
import { currency, day, id, name, word } from './numbers.ts';

/** Which rows an insights query asked for. */
export interface Question {
  level: Level;
  range: DayRange;
  /** Digits. */
  customerId: string;
}

/** Whose row it is; ad group and ad are there at level AD. */
export const ownerFields = {
  customer: z.object({ id, currencyCode: currency }),
  campaign: z.object({ id, name }),
  adGroup: z.object({ id, name }).nullish(),
  adGroupAd: z.object({ ad: z.object({ id, name, type: word.nullish().catch(null) }) }).nullish(),
  segments: z.object({ date: day }),
};

const owner = z.object(ownerFields);
export type CellOwner = z.infer<typeof owner>;

/** Why a row is not one of those that were asked for; null when it is. */
export function strangeness(row: CellOwner, asked: Question): string | null {
  const { date } = row.segments;
  if (date < asked.range.from || date > asked.range.to) return 'lies outside the asked days';
  if (row.customer.id !== asked.customerId) return 'belongs to another account';
  const isWhole = asked.level === 'CAMPAIGN' || (row.adGroup && row.adGroupAd);
  return isWhole ? null : 'names no ad';
}

/** An ad's number is only unique within its ad group. */
export function keyOf(row: CellOwner, level: Level): string {
  const { date } = row.segments;
  if (level === 'CAMPAIGN') return `${date} ${row.campaign.id}`;
  return `${date} ${row.adGroup?.id ?? ''} ${row.adGroupAd?.ad.id ?? ''}`;
}
