import type { Sql } from '../../db/sql.ts';
import type { MonthSpan } from './months.ts';
import type { MonthStateRow } from './sql.ts';
import { monthStates } from './sql.ts';
import { lengthOf } from '../sync/plan.ts';

/** An account that is to be read. */
export interface WantedAccount {
  id: string;
  clientId: string;
  platform: string;
  externalId: string;
  /** Its days are days in this zone. */
  timezone: string;
  /** Newest first. */
  months: MonthSpan[];
}

/** One account × one month: how many of its days there are, and what is to be done with them. */
export interface MonthCell extends MonthSpan {
  account: WantedAccount;
  days: number;
  present: number;
  final: number;
  toFetch: number;
  /** When a day of it was last read; null = never. */
  newest: string | null;
}

/** Whether days that are stored and final are read again. */
export type Rule = 'ALL' | 'MISSING';

/** What is stored of the wanted months, newest month first over all accounts, otherwise in the order of the accounts. */
export async function readCells(
  sql: Sql,
  wanted: readonly WantedAccount[],
  rule: Rule,
): Promise<MonthCell[]> {
  const asked = wanted.flatMap((account) => account.months.map((span) => ({ account, span })));
  const rows = await monthStates.all(
    sql,
    asked.map(({ account }) => account.clientId),
    asked.map(({ account }) => account.id),
    asked.map(({ span }) => span.month),
    asked.map(({ span }) => span.range.from),
    asked.map(({ span }) => span.range.to),
  );
  const states = new Map(rows.map((row) => [`${row.account_id} ${row.month}`, row]));
  return newestFirst(
    asked.map(({ account, span }) =>
      cellOf(account, span, { rule, state: states.get(`${account.id} ${span.month}`) }),
    ),
  );
}

function cellOf(
  account: WantedAccount,
  span: MonthSpan,
  { rule, state }: { rule: Rule; state: MonthStateRow | undefined },
): MonthCell {
  const days = lengthOf(span.range);
  const { present = 0, final = 0, newest = null } = state ?? {};
  return { ...span, account, days, present, final, newest, toFetch: rule === 'ALL' ? days : days - final };
}

/** The newest months of every account come before the older ones of any. */
export function newestFirst<Cell extends { month: string }>(cells: readonly Cell[]): Cell[] {
  return [...cells].sort((a, b) => (a.month === b.month ? 0 : a.month < b.month ? 1 : -1));
}
