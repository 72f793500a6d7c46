import { z } from 'zod';
import { badInput } from '../errors.ts';
import type { DayRange } from '../lib/days.ts';
import { dayOf, daysBetween, isDay, isTimezone } from '../lib/days.ts';

/** A calendar day that exists. */
export const day = z.string().refine(isDay, 'must be a day that exists, such as 2026-10-31');

/** Both ends inclusive. */
export const dayRange = z
  .object({ from: day, to: day })
  .refine((range) => range.from <= range.to, 'from must not be after to');

export const timezone = z.string().refine(isTimezone, 'must be an IANA time zone, such as Europe/Warsaw');

/** ISO 4217 by form; whether it exists is the bank's business. */
export const currency = z.string().regex(/^[A-Z]{3}$/, 'must be three capitals, such as EUR');

export const name = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(200, 'must have at most 200 characters')
  // PostgreSQL has no text with it.
  .refine((text) => !text.includes('\0'), 'must not contain the character NUL');

/** Parses a verb's input. Throws BAD_USER_INPUT that names every field that is not right. */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: z.input<Schema>,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) =>
    [issue.path.join('.'), issue.message].filter(Boolean).join(' '),
  );
  throw badInput(`${problems.join('; ')}.`);
}

/** Checks the moment of a read "as of then"; null = now. Throws BAD_USER_INPUT for one that has not come. */
export function checkAsOf(asOf: Date | null | undefined, now: Date): Date | null {
  if (!asOf) return null;
  if (asOf > now) throw badInput(`asOf ${asOf.toISOString()} is in the future: it is ${now.toISOString()}.`);
  return asOf;
}

/** The longest range a read takes: ten years. */
const LONGEST_READ_DAYS = 3660;

/** The easternmost zone: a day that has not begun there has begun nowhere. */
const FIRST_ZONE = 'Pacific/Kiritimati';

/** Checks the range of a read. It may reach into the future, but has to begin before it. */
export function checkReadRange(range: DayRange, now: Date): DayRange {
  const { from, to } = parseInput(dayRange, range);
  const today = dayOf(now, FIRST_ZONE);
  if (from > today) throw badInput(`range.from ${from} is in the future: today is ${today}.`);
  if (daysBetween(from, to) >= LONGEST_READ_DAYS)
    throw badInput(`range has more than ${LONGEST_READ_DAYS} days.`);
  return { from, to };
}
