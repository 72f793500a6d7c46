import { z } from 'zod';
import type { Bookmark } from '../contract.ts';
import type { Question } from './question.ts';
import { question } from './question.ts';

/** Where a reading stands; as a bookmark it is what is left of it. */
export interface Plan {
  /** The first one is being asked. */
  todo: Question[];
  /** The report that answers it, once it was asked for. */
  report: string | null;
  /** How far its rows were fetched, and how many a page. */
  after: string | null;
  limit: number | null;
  /** Questions that were given up since one was answered. */
  givenUp: number;
}

export const START = { report: null, after: null, limit: null };

const plan = z.object({
  about: z.string(),
  todo: z.array(question).min(1),
  report: z
    .string()
    .regex(/^\d{1,40}$/)
    .nullable(),
  after: z.string().min(1).nullable(),
  limit: z.number().int().positive().nullable(),
  givenUp: z.number().int().nonnegative(),
});

/** A plan as a bookmark, null when nothing is left. `about` names what is read. */
export function bookmarkOf({ todo, ...rest }: Plan, about: string): Bookmark | null {
  return todo.length === 0 ? null : { about, todo, ...rest };
}

/** The plan a bookmark holds; from the beginning without one, or when it is of another reading. */
export function planFrom(from: Bookmark | undefined, about: string, todo: Question[]): Plan {
  const read = plan.safeParse(from).data;
  if (read === undefined || read.about !== about) return { todo, ...START, givenUp: 0 };
  const { about: _, ...kept } = read;
  return kept;
}
