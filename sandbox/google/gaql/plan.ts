import type { DayNumber } from '../../world/days.ts';
import { queryError } from '../errors.ts';
import type { GoogleLevel } from '../world/collect.ts';
import type { Field } from './field.ts';
import { findField, resourceOf } from './fields.ts';
import { expectedRange, rangeOf, type Range } from './range.ts';
import type { Condition, Query } from './read.ts';
import { PERIODS } from './segments.ts';

/** What can be asked in FROM: its rows, and the resources that may be selected with it. */
interface Resource {
  rows: GoogleLevel | 'clients' | 'actions';
  beside: readonly string[];
}

const RESOURCES: Record<string, Resource> = {
  customer: { rows: 'account', beside: [] },
  campaign: { rows: 'campaign', beside: ['campaign_budget', 'customer'] },
  ad_group: { rows: 'adgroup', beside: ['campaign', 'customer'] },
  ad_group_ad: { rows: 'ad', beside: ['ad_group', 'campaign', 'customer'] },
  customer_client: { rows: 'clients', beside: ['customer'] },
  conversion_action: { rows: 'actions', beside: ['customer'] },
};

/** A condition with the field it is about. */
export interface Check {
  field: Field;
  condition: Condition;
}

/** A query that may be asked. */
export interface Plan {
  from: string;
  rows: Resource['rows'];
  select: Field[];
  /** Conditions on objects; they can be tested before figures are known. */
  objectChecks: Check[];
  /** Conditions on metrics and on segments other than time. */
  figureChecks: Check[];
  orderBy: { field: Field; descending: boolean }[];
  limit: number | null;
  /** Null = all time. */
  range: Range | null;
  /** The finest segment of time; null = the whole range makes one row. */
  period: ((day: DayNumber) => DayNumber) | null;
  /** A row for each conversion action. */
  byAction: boolean;
  hasFigures: boolean;
}

export interface Asker {
  version: number;
  isManager: boolean;
  today: DayNumber;
}

const isMetric = (name: string): boolean => name.startsWith('metrics.');
const isSegment = (name: string): boolean => name.startsWith('segments.');
const isTime = (name: string): boolean => name in PERIODS || name === 'segments.day_of_week';

/** Decides whether a query may be asked as the platform does. Throws queryError. */
export function planOf(query: Query, asker: Asker): Plan {
  const resource = Object.hasOwn(RESOURCES, query.from) ? RESOURCES[query.from] : undefined;
  if (resource === undefined)
    throw queryError(
      'BAD_RESOURCE_TYPE_IN_FROM_CLAUSE',
      `Error in query: bad resource ${query.from} in FROM.`,
    );
  const field = (name: string): Field => fieldOf(name, { query, resource, asker });
  const select = query.select.map(field);
  const names = query.select;
  const checks = query.where.map((condition) => ({ condition, field: field(condition.field) }));
  const used = [...names, ...checks.map(({ field }) => field.name)];
  if (asker.isManager && used.some(isMetric)) throw metricsOfManager();
  requireSelected(query);
  requireTogether([...select, ...checks.map(({ field }) => field)]);
  for (const check of checks) requireValues(check);
  const dates = query.where.filter((condition) => condition.field === 'segments.date');
  const range = rangeOf(dates, asker.today);
  if (range === null && names.some(isTime)) throw expectedRange();
  const rest = checks.filter(({ field }) => field.name !== 'segments.date');
  const aboutFigures = ({ field: { name } }: Check): boolean => isMetric(name) || isSegment(name);
  return {
    from: query.from,
    rows: resource.rows,
    select,
    objectChecks: rest.filter((check) => !aboutFigures(check)),
    figureChecks: rest.filter(aboutFigures),
    orderBy: query.orderBy.map(({ field: name, descending }) => ({ field: field(name), descending })),
    limit: query.limit,
    range,
    period: periodOf(names),
    byAction: select.some(({ name, ofConversions }) => isSegment(name) && ofConversions),
    hasFigures: used.some((name) => isMetric(name) || isSegment(name)),
  };
}

function periodOf(names: readonly string[]): Plan['period'] {
  const day = (date: DayNumber): DayNumber => date;
  if (names.includes('segments.day_of_week')) return day;
  const finest = Object.keys(PERIODS).find((name) => names.includes(name));
  // A week can lie in two months.
  if (finest === 'segments.week' && names.includes('segments.month')) return day;
  return finest === undefined ? null : (PERIODS[finest] ?? null);
}

function fieldOf(name: string, about: { query: Query; resource: Resource; asker: Asker }): Field {
  const { query, resource, asker } = about;
  if (!name.includes('.')) throw queryError('BAD_FIELD_NAME', `Error in query: bad field name '${name}'.`);
  const field = findField(name, asker.version);
  if (field === undefined)
    throw queryError('UNRECOGNIZED_FIELD', `Unrecognized field in the query: '${name}'.`);
  const owner = resourceOf(name);
  if (isMetric(name) || isSegment(name)) {
    if (resource.rows !== 'clients' && resource.rows !== 'actions') return field;
    const kind = isMetric(name) ? 'METRIC' : 'SEGMENT';
    const message = `Cannot select or filter on '${name}' in a query FROM ${query.from}.`;
    throw queryError(`PROHIBITED_${kind}_IN_SELECT_OR_WHERE_CLAUSE`, message);
  }
  if (owner === query.from || resource.beside.includes(owner)) return field;
  const clause = query.select.includes(name) ? 'SELECT' : 'WHERE';
  const message = `The resource ${owner} cannot be used in a query FROM ${query.from}.`;
  throw queryError(`PROHIBITED_RESOURCE_TYPE_IN_${clause}_CLAUSE`, message);
}

function metricsOfManager(): Error {
  const message =
    'Metrics cannot be requested for a manager account. To retrieve metrics, issue separate requests against each ' +
    'client account under the manager account.';
  return queryError('REQUESTED_METRICS_FOR_MANAGER', message);
}

/** Only dates may be filtered or sorted by without being selected, as the objects themselves may. */
function requireSelected({ select, where, orderBy }: Query): void {
  for (const { field } of where) {
    if (!isSegment(field) || field === 'segments.date' || select.includes(field)) continue;
    const message = `The following field must be present in SELECT clause: '${field}'.`;
    throw queryError('EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE', message);
  }
  for (const { field } of orderBy) {
    if (select.includes(field) || (!isMetric(field) && !isSegment(field))) continue;
    const message = `Sorting by '${field}' is not possible: it is not in the SELECT clause.`;
    throw queryError('PROHIBITED_FIELD_IN_ORDER_BY_CLAUSE', message);
  }
}

/** Cost and clicks do not belong to a conversion action. */
function requireTogether(fields: readonly Field[]): void {
  const segment = fields.find(({ name, ofConversions }) => isSegment(name) && ofConversions);
  const metric = fields.find(({ name, ofConversions }) => isMetric(name) && !ofConversions);
  if (segment === undefined || metric === undefined) return;
  const message =
    `Cannot select or filter on the following segments: '${segment.name}', since segments are incompatible with ` +
    `metrics: '${metric.name}'.`;
  throw queryError('PROHIBITED_SEGMENT_WITH_METRIC_IN_SELECT_OR_WHERE_CLAUSE', message);
}

const SHAPES: Partial<Record<NonNullable<Field['type']>, { shape: RegExp; error: string }>> = {
  int64: { shape: /^-?\d+$/, error: 'BAD_NUMBER' },
  double: { shape: /^-?\d+(\.\d+)?$/, error: 'BAD_NUMBER' },
  enum: { shape: /^[A-Z][A-Z0-9_]*$/, error: 'BAD_ENUM_CONSTANT' },
};

function requireValues({ field, condition }: Check): void {
  const { shape, error } = SHAPES[field.type ?? 'bool'] ?? {};
  for (const value of condition.values) {
    if (shape === undefined || error === undefined || shape.test(value)) continue;
    throw queryError(error, `Error in query: bad value '${value}' for ${field.name}.`);
  }
}
