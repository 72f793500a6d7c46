import type { Json } from '../json.ts';
import type { Field, Source } from './field.ts';
import type { Check, Plan } from './plan.ts';

/** True when a row holds everything that is asked of it. */
export function passes(checks: readonly Check[], source: Source): boolean {
  return checks.every((check) => holds(check, source));
}

function holds({ field, condition }: Check, source: Source): boolean {
  const { operator, values } = condition;
  const own = textOf(field.read(source));
  const [first = '', second = ''] = values;
  switch (operator) {
    case '=':
    case 'IN':
      return values.some((value) => compare(field, own, value) === 0);
    case '!=':
    case 'NOT IN':
      return !values.some((value) => compare(field, own, value) === 0);
    case '<':
      return compare(field, own, first) < 0;
    case '<=':
      return compare(field, own, first) <= 0;
    case '>':
      return compare(field, own, first) > 0;
    case '>=':
      return compare(field, own, first) >= 0;
    case 'BETWEEN':
      return compare(field, own, first) >= 0 && compare(field, own, second) <= 0;
    case 'LIKE':
      return likeness(first).test(own);
    case 'DURING':
      // Dates alone can be asked so, and they are not compared here.
      return false;
    default:
      throw new Error(`no such operator: ${String(operator)}`);
  }
}

function textOf(value: Json): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function compare({ type }: Field, a: string, b: string): number {
  if (type === 'int64' || type === 'double') return Number(a) - Number(b);
  // Booleans are written in any case.
  if (type === 'bool') return a.toLowerCase() === b.toLowerCase() ? 0 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}

/** `%` stands for anything; case does not matter. */
function likeness(pattern: string): RegExp {
  const parts = pattern.split('%').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'is');
}

/** The rows in the order that was asked for. */
export function sorted({ orderBy }: Plan, rows: Source[]): Source[] {
  if (orderBy.length === 0) return rows;
  return rows.sort((a, b) => {
    for (const { field, descending } of orderBy) {
      const order = compare(field, textOf(field.read(a)), textOf(field.read(b)));
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
}
