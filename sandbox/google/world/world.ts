import type { WorldFrame } from '../../world/build.ts';
import { dayNumber, localMoment } from '../../world/days.ts';
import { emptyCustomer } from './build.ts';
import { collect, placesOf, type GoogleLevel } from './collect.ts';
import { demoCustomers } from './demo.ts';
import { factOf, type GoogleFactRow } from './facts.ts';
import { specifiedCustomer, type GoogleAccountSpec } from './specified.ts';
import type { Customer } from './structure.ts';

/** The customers of the pretended Google. Everything is computed from the seed when asked; nothing is stored. */
export interface GoogleWorld {
  customers: ReadonlyMap<string, Customer>;
  /** A customer and everything below it, nearest first, with its distance. */
  below(id: string): { customer: Customer; level: number }[];
  /** The customers above, the nearest first. */
  above(id: string): string[];
  /**
   * The rows of one customer, level and day as the platform would report them at a moment; none when nothing was
   * delivered. Throws for an unknown customer.
   */
  rows(what: { customerId: string; level: GoogleLevel; day: string; askedAt: Date }): GoogleFactRow[];
}

/** Throws when an account is specified wrongly. */
export function createGoogleWorld(frame: WorldFrame, specs: readonly GoogleAccountSpec[]): GoogleWorld {
  const customers = new Map(
    [...demoCustomers(frame), ...specs.map((spec) => specifiedCustomer(spec, frame))].map((customer) => [
      customer.id,
      customer,
    ]),
  );
  for (const { managerId } of [...customers.values()]) {
    if (managerId === null || customers.has(managerId)) continue;
    const head = { id: managerId, name: `Manager ${managerId}`, currency: 'USD', timezone: 'UTC' };
    customers.set(managerId, emptyCustomer({ ...head, manager: true }, frame));
  }
  const world = { customers };
  return {
    customers,
    below: (id) => below(customers, id, 0),
    above: (id) => above(customers, id),
    rows: (what) => rows(world, what),
  };
}

type Customers = ReadonlyMap<string, Customer>;

function below(customers: Customers, id: string, level: number): { customer: Customer; level: number }[] {
  const customer = customers.get(id);
  if (customer === undefined) return [];
  const children = [...customers.values()].filter(({ managerId }) => managerId === id);
  return [{ customer, level }, ...children.flatMap((child) => below(customers, child.id, level + 1))];
}

function above(customers: Customers, id: string): string[] {
  const managerId = customers.get(id)?.managerId ?? null;
  return managerId === null ? [] : [managerId, ...above(customers, managerId)];
}

function rows(
  { customers }: { customers: Customers },
  { customerId, level, day, askedAt }: Parameters<GoogleWorld['rows']>[0],
): GoogleFactRow[] {
  const customer = customers.get(customerId);
  if (customer === undefined) throw new Error(`the sandbox has no Google customer ${customerId}`);
  const seen = localMoment(askedAt, customer.timezone);
  const date = dayNumber(day);
  const stretch = { from: date, to: date, periodOf: (period: number) => period };
  return placesOf(customer, level, seen.today).flatMap((place) =>
    [...collect(customer, { place, stretch }, seen)].map(([period, figures]) =>
      factOf(customer, { place, level, day: period, figures }),
    ),
  );
}
