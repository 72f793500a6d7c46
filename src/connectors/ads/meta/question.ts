import { z } from 'zod';
import type { Day, DayRange } from '../../../lib/days.ts';
import { daysBetween } from '../../../lib/days.ts';
import type { AccountAccess } from '../contract.ts';
import { ACTION_FIELDS, AD_STATUSES, CAMPAIGN_STATUSES } from './fields.ts';

export type Level = 'account' | 'campaign' | 'ad';

/** One question to the insights of an account: what is asked, and what has been tried. */
export interface Question {
  level: Level;
  from: Day;
  to: Day;
  /** Only these campaigns; null = all. Empty = all, and nobody can tell which there are. */
  campaigns: string[] | null;
  /** SYNC answered at once · REPORT made in the background and fetched when it is done. */
  way: 'SYNC' | 'REPORT';
  /** It, or the question it is a part of, was begun again once. */
  restarted: boolean;
  /** Figures and actions are asked one after the other and put together. */
  apart: boolean;
}

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

export const question: z.ZodType<Question> = z.object({
  level: z.enum(['account', 'campaign', 'ad']),
  from: day,
  to: day,
  campaigns: z.array(z.string().regex(/^\d{1,30}$/)).nullable(),
  way: z.enum(['SYNC', 'REPORT']),
  restarted: z.boolean(),
  apart: z.boolean(),
});

/** What all questions of a reading have in common. */
export interface Subject {
  access: AccountAccess;
  /** A row for each day; otherwise one for the whole range. */
  daily: boolean;
  /** Names of Meta's breakdowns. */
  breakdowns: readonly string[];
  fields(level: Level): readonly string[];
}

/** Days a question asks for. */
export function widthOf(range: DayRange): number {
  return daysBetween(range.from, range.to) + 1;
}

/** The question about a whole range; narrow ones are answered at once. */
export function firstQuestion(level: Level, { from, to }: DayRange, syncDays: number): Question {
  const way = widthOf({ from, to }) <= syncDays ? 'SYNC' : 'REPORT';
  return { level, from, to, campaigns: null, way, restarted: false, apart: false };
}

/** Which metrics are asked for. */
export type Part = 'ALL' | 'FIGURES' | 'ACTIONS';

/** The fields of a question; identities are in every part, so that rows can be put together again. */
export function fieldsOf(subject: Subject, level: Level, part: Part): string[] {
  const all = [...subject.fields(level)];
  if (part === 'ALL') return all;
  if (part === 'FIGURES') return all.filter((name) => !ACTION_FIELDS.includes(name));
  return all.filter((name) => ACTION_FIELDS.includes(name) || /(_id|_name|_currency)$/.test(name));
}

/** The question as parameters of `/insights`. */
export function paramsOf(subject: Subject, asked: Question, part: Part = 'ALL'): Record<string, string> {
  const filters = filtersOf(asked);
  const { breakdowns } = subject;
  const fields = fieldsOf(subject, asked.level, part);
  const counts = fields.some((name) => ACTION_FIELDS.includes(name));
  return {
    level: asked.level,
    time_range: JSON.stringify({ since: asked.from, until: asked.to }),
    ...(subject.daily ? { time_increment: '1' } : {}),
    ...(counts ? { action_breakdowns: JSON.stringify(['action_type']) } : {}),
    ...(breakdowns.length > 0 ? { breakdowns: JSON.stringify(breakdowns) } : {}),
    ...(filters.length > 0 ? { filtering: JSON.stringify(filters) } : {}),
    fields: fields.join(','),
  };
}

/**
 * Insights of an account leave deleted objects out unless their status is asked for ("Manage Your Ad Object's Status"),
 * and edges leave archived ones out as well: both are always asked for. Each level by its own status, because a
 * condition on ads would take deleted ads out of the totals of their campaign.
 */
function filtersOf({ level, campaigns }: Question): object[] {
  const statuses = level === 'ad' ? AD_STATUSES : CAMPAIGN_STATUSES;
  const status = { field: `${level}.effective_status`, operator: 'IN', value: statuses };
  const only = { field: 'campaign.id', operator: 'IN', value: campaigns };
  return [
    ...(level === 'account' ? [] : [status]),
    ...(campaigns === null || campaigns.length === 0 ? [] : [only]),
  ];
}
