import { z } from 'zod';
import { sha256 } from '../../lib/crypto.ts';
import type { DayRange } from '../../lib/days.ts';
import type { MonthCell } from '../backfill/cells.ts';
import { canonical } from '../runs/idempotency.ts';
import type { PlanAccountRow, PlanKind } from './sql.ts';

const accountBasis = z.object({
  /** As people know it. */
  name: z.string(),
  platform: z.string(),
  timezone: z.string(),
  credential: z.string().nullable(),
  range: z.object({ from: z.string(), to: z.string() }),
  present: z.number(),
  final: z.number(),
  newest: z.string().nullable(),
});
type AccountBasis = z.output<typeof accountBasis>;

/** What a plan rests on: when any of it is another, the plan says something that is not so any more. */
export const basis = z.record(z.string(), accountBasis);
/** By account. */
export type Basis = z.output<typeof basis>;

export function basisOf(cells: readonly MonthCell[], accounts: readonly PlanAccountRow[]): Basis {
  const known = new Map(accounts.map((account) => [account.id, account]));
  const of = new Map<string, AccountBasis>();
  for (const cell of cells) {
    const { id, externalId, platform, timezone } = cell.account;
    const row = known.get(id);
    const credential = row?.credential_id ? `${row.credential_id} ${row.credential_status ?? ''}` : null;
    const before = of.get(id);
    of.set(id, {
      ...{ name: externalId, platform, timezone, credential },
      range: before ? around(before.range, cell.range) : cell.range,
      present: (before?.present ?? 0) + cell.present,
      final: (before?.final ?? 0) + cell.final,
      newest: later(before?.newest ?? null, cell.newest),
    });
  }
  return Object.fromEntries(of);
}

function around(a: DayRange, b: DayRange): DayRange {
  return { from: a.from < b.from ? a.from : b.from, to: a.to > b.to ? a.to : b.to };
}

/** The database writes instants of one session in one zone, so that their order is that of their text. */
function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}

export function fingerprintOf(kind: PlanKind, request: unknown, of: Basis): Buffer {
  return sha256(canonical({ kind, request, of }));
}

const NAMED = 3;

/** What moved on between two readings of the same request, for people; empty when nothing did. */
export function whatMoved(before: Basis, after: Basis): string[] {
  const kept = Object.keys(before).filter((id) => id in after);
  const where = (differs: (was: AccountBasis, is: AccountBasis) => boolean) =>
    namesOf(
      kept.filter((id) => differs(before[id] as AccountBasis, after[id] as AccountBasis)),
      after,
    );
  const found: [string, string][] = [
    [
      namesOf(
        Object.keys(after).filter((id) => !(id in before)),
        after,
      ),
      'was connected',
    ],
    [
      namesOf(
        Object.keys(before).filter((id) => !(id in after)),
        before,
      ),
      'was removed',
    ],
    [where((was, is) => was.credential !== is.credential), 'has another credential'],
    [where((was, is) => was.timezone !== is.timezone || was.platform !== is.platform), 'was changed'],
    [where((was, is) => was.range.from !== is.range.from || was.range.to !== is.range.to), 'has a new day'],
    [where(isReadMeanwhile), 'was read meanwhile'],
  ];
  return found.filter(([names]) => names !== '').map(([names, what]) => `${names} ${what}`);
}

function isReadMeanwhile(was: AccountBasis, is: AccountBasis): boolean {
  return was.present !== is.present || was.final !== is.final || was.newest !== is.newest;
}

function namesOf(ids: readonly string[], of: Basis): string {
  const names = ids.map((id) => of[id]?.name ?? id);
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
}
