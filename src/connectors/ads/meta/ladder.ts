import { addDays } from '../../../lib/days.ts';
import type { Symptom } from './errors.ts';
import type { Question } from './question.ts';
import { widthOf } from './question.ts';

/**
 * What to do about a question that was not answered: REPORT ask for a report in the background · RESTART once more the
 * same · DAYS, CAMPAIGNS ask the halves · APART ask for figures and actions one after the other · GIVE_UP nothing
 * smaller can be asked.
 */
export type Rung = 'REPORT' | 'RESTART' | 'DAYS' | 'CAMPAIGNS' | 'APART' | 'GIVE_UP';

/** What the subject of a question allows. */
export interface Allowed {
  /** A row for each day. */
  daily: boolean;
  /** Actions are among the fields. */
  actions: boolean;
}

/** Asking for the same once more does not help. */
const TOO_LARGE: readonly Symptom[] = ['TOO_MUCH'];

/** The next rung: first another way, then the same again, then ever smaller questions. */
export function nextRung(asked: Question, symptom: Symptom, allowed: Allowed): Rung {
  if (asked.way === 'SYNC' && !asked.apart) return 'REPORT';
  if (asked.way === 'REPORT' && !asked.restarted && !TOO_LARGE.includes(symptom)) return 'RESTART';
  if (allowed.daily && widthOf(asked) > 1) return 'DAYS';
  if (asked.level !== 'account' && (asked.campaigns === null || asked.campaigns.length > 1))
    return 'CAMPAIGNS';
  return allowed.actions && !asked.apart ? 'APART' : 'GIVE_UP';
}

/** Both halves of the days, the earlier one first. */
export function halvesOfDays(asked: Question, syncDays: number): Question[] {
  const middle = addDays(asked.from, Math.floor((widthOf(asked) - 1) / 2));
  return [
    { ...asked, to: middle },
    { ...asked, from: addDays(middle, 1) },
  ].map((half) => smaller(half, syncDays));
}

/** A question names at most so many campaigns: its address has to fit. */
const MAX_CAMPAIGNS = 50;

/** The question about each half of the campaigns; more parts when there are very many, one when there is one. */
export function partsByCampaign(asked: Question, ids: readonly string[], syncDays: number): Question[] {
  const parts = Math.max(Math.min(2, ids.length), Math.ceil(ids.length / MAX_CAMPAIGNS));
  const size = Math.ceil(ids.length / parts);
  return Array.from({ length: parts }, (_, place) => ids.slice(place * size, (place + 1) * size))
    .filter((campaigns) => campaigns.length > 0)
    .map((campaigns) => smaller({ ...asked, campaigns }, syncDays));
}

/** A part of a question that failed twice: asked anew, but not begun again. */
function smaller(asked: Question, syncDays: number): Question {
  return { ...asked, way: widthOf(asked) <= syncDays ? 'SYNC' : 'REPORT', restarted: true };
}
