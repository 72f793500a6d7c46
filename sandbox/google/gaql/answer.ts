import type { LocalMoment } from '../../world/days.ts';
import type { Json, JsonObject } from '../json.ts';
import { collect, placesOf, type Place } from '../world/collect.ts';
import { nothing, type Figures } from '../world/deliver.ts';
import type { Customer } from '../world/structure.ts';
import type { GoogleWorld } from '../world/world.ts';
import type { Source } from './field.ts';
import { passes, sorted } from './filter.ts';
import type { Plan } from './plan.ts';
import { rendererOf } from './render.ts';

/** Whom a query is asked of, and when. */
export interface Scene {
  world: GoogleWorld;
  customer: Customer;
  seen: LocalMoment;
}

/** The rows of a query, as they go out. */
export function answerPlan(plan: Plan, scene: Scene): JsonObject[] {
  const sources = sorted(plan, [...sourcesOf(plan, scene)]);
  return sources.slice(0, plan.limit ?? undefined).map(rendererOf(plan));
}

const EMPTY: Place = { campaign: null, adGroup: null, ad: null, sources: [] };

function* sourcesOf(plan: Plan, scene: Scene): Generator<Source> {
  const { world, customer, seen } = scene;
  const figures = nothing(customer);
  const base = {
    customer,
    today: seen.today,
    place: EMPTY,
    client: null,
    action: null,
    period: null,
    figures,
  };
  const { rows } = plan;
  const isKept = (source: Source): boolean => passes(plan.objectChecks, source);
  if (rows === 'clients') {
    yield* world
      .below(customer.id)
      .map((client) => ({ ...base, client }))
      .filter(isKept);
  } else if (rows === 'actions') {
    yield* customer.actions.map((action) => ({ ...base, action })).filter(isKept);
  } else {
    for (const place of placesOf(customer, rows, seen.today)) {
      const source = { ...base, place };
      if (isKept(source)) yield* cellsOf(plan, scene, source);
    }
  }
}

function* cellsOf(plan: Plan, { customer, seen }: Scene, source: Source): Generator<Source> {
  if (!plan.hasFigures) {
    yield source;
    return;
  }
  const { from, to } = plan.range ?? { from: customer.firstDay, to: seen.today };
  const { period } = plan;
  const stretch = { from, to, periodOf: period ?? (() => from) };
  const cells = collect(customer, { place: source.place, stretch }, seen);
  if (period === null && cells.size === 0) cells.set(from, source.figures);
  for (const [first, figures] of cells) {
    const cell = { ...source, figures, period: period === null ? null : first };
    for (const row of plan.byAction ? byAction(cell) : [cell])
      if (isWorthARow(plan, row) && passes(plan.figureChecks, row)) yield row;
  }
}

function byAction(cell: Source): Source[] {
  return cell.customer.actions.map((action) => ({ ...cell, action }));
}

/** With a segment, rows whose selected metrics are all zero do not exist. */
function isWorthARow(plan: Plan, row: Source): boolean {
  if (plan.period === null && !plan.byAction) return true;
  const metrics = plan.select.filter(({ name }) => name.startsWith('metrics.'));
  if (metrics.length === 0) return !plan.byAction || hasConversions(row.figures, row.action?.index ?? 0);
  return metrics.some(({ read }) => !isZero(read(row)));
}

function hasConversions({ conversions }: Figures, index: number): boolean {
  return (conversions[index] ?? 0) > 0;
}

function isZero(value: Json): boolean {
  return value === undefined || value === null || value === 0 || value === '0';
}
