import type { Poison } from '../faults/faults.ts';
import { dayNumber } from '../world/days.ts';
import type { Ad } from '../world/structure.ts';
import type { InsightsQuery } from './query.ts';

/** True when a question is about something poisoned on a day that it covers. */
export function isPoisonous({ level, ads, slices }: InsightsQuery, poisons: readonly Poison[]): boolean {
  return poisons.some(({ id, day }) => {
    const date = day === undefined ? null : dayNumber(day);
    const isAsked = date === null || slices.some(({ from, to }) => from <= date && date <= to);
    const isMeant = (ad: Ad): boolean =>
      (level !== 'account' && ad.adSet.campaign.id === id) || (level === 'ad' && ad.id === id);
    return isAsked && ads.some(isMeant);
  });
}
