import { invalidParameter } from './errors.ts';
import { isObject, readJson, textOf, type Json } from './json.ts';

/** One condition of `filtering`: `{"field":"campaign.id","operator":"IN","value":["1"]}`. */
export interface Filter {
  field: string;
  operator: string;
  values: string[];
}

const OPERATORS: Record<string, (found: string, values: string[]) => boolean> = {
  IN: (found, values) => values.includes(found),
  NOT_IN: (found, values) => !values.includes(found),
  ANY: (found, values) => values.includes(found),
  EQUAL: (found, values) => found === values[0],
  NOT_EQUAL: (found, values) => found !== values[0],
  CONTAIN: (found, values) => found.toLowerCase().includes((values[0] ?? '').toLowerCase()),
  NOT_CONTAIN: (found, values) => !found.toLowerCase().includes((values[0] ?? '').toLowerCase()),
  STARTS_WITH: (found, values) => found.startsWith(values[0] ?? ''),
  GREATER_THAN: (found, values) => Number(found) > Number(values[0]),
  GREATER_THAN_OR_EQUAL: (found, values) => Number(found) >= Number(values[0]),
  LESS_THAN: (found, values) => Number(found) < Number(values[0]),
  LESS_THAN_OR_EQUAL: (found, values) => Number(found) <= Number(values[0]),
  IN_RANGE: (found, values) => Number(found) >= Number(values[0]) && Number(found) <= Number(values[1]),
  NOT_IN_RANGE: (found, values) => Number(found) < Number(values[0]) || Number(found) > Number(values[1]),
};

/** Parses `filtering` and the `effective_status` parameter of an edge (`prefix` names its objects). Throws code 100. */
export function filtersOf(params: URLSearchParams, prefix?: string): Filter[] {
  const text = params.get('filtering');
  const list = text === null || text === '' ? [] : readJson(text);
  if (!Array.isArray(list)) throw invalidParameter('Param filtering must be an array.');
  const filters = list.map(readFilter);
  const status = params.get('effective_status');
  if (prefix !== undefined && status !== null) {
    filters.push({ field: `${prefix}.effective_status`, operator: 'IN', values: textsOf(readList(status)) });
  }
  return filters;
}

/** A JSON array of texts, or a comma list. */
export function readList(text: string): Json {
  return text.trim().startsWith('[') ? readJson(text) : text.split(',').map((part) => part.trim());
}

function readFilter(entry: Json): Filter {
  const { field, operator, value } = isObject(entry) ? entry : {};
  if (typeof field !== 'string' || typeof operator !== 'string') {
    throw invalidParameter('Param filtering needs field and operator in each entry.');
  }
  if (OPERATORS[operator] === undefined)
    throw invalidParameter(`Param filtering: unknown operator ${operator}.`);
  return { field, operator, values: textsOf(Array.isArray(value) ? value : [value]) };
}

function textsOf(values: Json): string[] {
  if (!Array.isArray(values)) throw invalidParameter('Param effective_status must be an array.');
  return values.map(textOf);
}

/** True when the object has what the filter wants; `found` undefined = the field cannot be filtered by (code 100). */
export function holds(filter: Filter, found: string | undefined): boolean {
  if (found === undefined) {
    throw invalidParameter(
      `Filtering field '${filter.field}' with operation '${filter.operator}' is not supported.`,
    );
  }
  return OPERATORS[filter.operator]?.(found, filter.values) ?? false;
}

/** True when a filter picks objects by status, so that archived and deleted ones are not left out by default. */
export function asksForStatus(filters: Filter[], prefix: string): boolean {
  return filters.some(({ field }) =>
    [`${prefix}.effective_status`, `${prefix}.delivery_info`, 'effective_status'].includes(field),
  );
}
