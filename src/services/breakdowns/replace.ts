import type { BreakdownKind } from '../../connectors/ads/breakdowns.ts';
import type { Sql } from '../../db/sql.ts';
import type { Day } from '../../lib/days.ts';
import { dayOf, daysBetween } from '../../lib/days.ts';
import * as sqls from './sql.ts';
import type { WindowParts } from './window.ts';

const ROWS_PER_STATEMENT = 2_000;

/** Where the parts of a window go, and under which run and moment. */
export interface Replacement {
  clientId: string;
  accountId: string;
  kind: BreakdownKind;
  /** The days that were read whole. */
  days: readonly Day[];
  runId: string;
  /** When the platform was asked. */
  readAt: Date;
  /** The account's zone: it says which day "today" is. */
  timezone: string;
  restatementDays: number;
}

/**
 * Replaces what is stored of one account, kind and days by `parts`, in the transaction of `sql`: rows that are gone
 * go, new ones come, changed ones change, unchanged ones are not written. Notes each of the days as read.
 * Returns how many rows they have.
 */
export async function replaceWindow(sql: Sql, into: Replacement, parts: WindowParts): Promise<number> {
  const { clientId, accountId, kind, runId, days, readAt } = into;
  const scope = [clientId, accountId, kind, days] as const;
  await sqls.lockAccount.run(sql, accountId);
  await sqls.planForWindows.run(sql);
  await sqls.createIncoming.run(sql);
  await sqls.emptyIncoming.run(sql);
  for (const rows of parts.chunks(ROWS_PER_STATEMENT)) await sqls.loadIncoming.run(sql, rows);
  await sqls.deleteGone.run(sql, ...scope);
  await sqls.saveChanged.run(sql, ...scope, runId);
  const today = dayOf(readAt, into.timezone);
  const counted = parts.byDay();
  const rows = days.map((day) => counted.get(day) ?? 0);
  const finals = days.map((day) => daysBetween(day, today) > into.restatementDays);
  await sqls.markRead.run(sql, clientId, accountId, kind, runId, readAt, [...days], rows, finals);
  return rows.reduce((sum, count) => sum + count, 0);
}
