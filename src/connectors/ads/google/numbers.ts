import { z } from 'zod';
import { isDay, isTimezone } from '../../../lib/days.ts';
import { isPlausibleAmount, isPlausibleCount } from '../../../lib/decimal.ts';
import { canonical } from '../../../lib/money.ts';
import { storable } from '../../../lib/text.ts';
import type { DecimalText } from '../contract.ts';

/** Values of Google's JSON: int64 as text, doubles as numbers (but `"NaN"`), what is not set left out. */

const MICROS_DIGITS = 6;

/** Millionths of the currency in its major units, exactly: `36150000` is `36.15`. */
export function fromMicros(micros: DecimalText): DecimalText {
  const digits = micros.padStart(MICROS_DIGITS + 1, '0');
  return canonical(`${digits.slice(0, -MICROS_DIGITS)}.${digits.slice(-MICROS_DIGITS)}`);
}

/** The shortest decimal text that stands for this very double, without an exponent: 1e-7 is `0.0000001`. */
export function plainText(double: number): string {
  const [mantissa = '', exponent] = String(double).split('e');
  if (exponent === undefined) return mantissa;
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}

/** int64: a number only when it is exact. */
const int64 = z
  .union([z.string(), z.number().int()], 'is not a number')
  .transform(String)
  .refine((text) => /^\d{1,19}$/.test(text) && isPlausibleCount(text), 'is not a plausible count');

/** A cost may be a million times larger than a plausible amount; it is judged in major units. */
export const micros = z
  .union([z.string(), z.number().int()], 'is not a number')
  .transform(String)
  .refine((text) => /^\d{1,21}$/.test(text), 'is not a plausible amount')
  .transform(fromMicros)
  .refine(isPlausibleAmount, 'is not a plausible amount');

export const count = int64;

/** A double that counts or is worth something: fractional as it comes, never rounded. */
export const double = z
  .number('is not a number')
  .transform(plainText)
  .refine(isPlausibleAmount, 'is not a plausible amount');

export const id = z.string('is missing or no text').regex(/^\d{1,20}$/, 'is not an id');
/** A name is no figure: a strange one is no reason to lose the row. */
export const name = z.string().transform(storable).nullish().catch(null);
/** An enum's name. */
export const word = z.string().regex(/^[A-Z][A-Z0-9_]{0,60}$/, 'is not a word');
export const day = z.string('is missing').refine(isDay, 'is not a day');
export const currency = z.string('is missing').regex(/^[A-Z]{3}$/, 'is not a currency');
export const timezone = z.string('is missing').refine(isTimezone, 'is not a time zone');

/** The first thing that is wrong, by place and kind, never with the value itself. */
export function explain(error: z.ZodError): string {
  const issue = error.issues[0];
  const place = issue?.path.join('.') ?? '';
  return place === '' ? 'not an object' : `${place} ${issue?.message ?? 'is wrong'}`;
}
