import { badInput } from '../../errors.ts';
import type { Day, DayRange } from '../../lib/days.ts';
import { addDays, addMonths, dayOf, daysBetween, intersect, isDay } from '../../lib/days.ts';

/** An account that could be read. */
export interface PlanAccount {
  id: string;
  clientId: string;
  platform: string;
  externalId: string;
  /** Its days are days in this zone. */
  timezone: string;
  /** The longest history its platform serves, in months before its today. */
  historyMonths: number;
}

export interface PlanInput {
  accounts: readonly PlanAccount[];
  /** Either these days … */
  range?: DayRange | null | undefined;
  /** … or this many, up to each account's today; 30 when neither is given. */
  days?: number | null | undefined;
  now: Date;
}

/** What to read of one account. */
export interface AccountPlan {
  account: PlanAccount;
  range: DayRange;
  /** Newest first; each is one read and one transaction. */
  windows: DayRange[];
}

export interface SyncPlan {
  accounts: AccountPlan[];
  /** Accounts × days. */
  slices: number;
}

export const DEFAULT_DAYS = 30;
const WINDOW_DAYS = 7;
/** Ten years: more than any platform serves. */
const MOST_DAYS = 3_660;
/** Where a day begins first; no account is further ahead. */
const FIRST_ZONE = 'Pacific/Kiritimati';

/**
 * Decides which days of which accounts to read. Each account's days end with its own today and begin no earlier than
 * its platform's history; an account with no day of the range is left out.
 * Throws BAD_USER_INPUT, saying what would be right, when the days cannot be meant.
 */
export function planSync(input: PlanInput): SyncPlan {
  const { range, days } = input;
  if (range && days != null) throw badInput('Give range or days, not both.');
  const calendars = input.accounts.map((account) => calendarOf(account, input.now));
  if (range) checkRange(range, calendars, input.now);
  else checkDays(days ?? DEFAULT_DAYS, calendars);
  const accounts = calendars.flatMap(({ account, today, earliest }) => {
    const wanted = range ?? { from: addDays(today, 1 - (days ?? DEFAULT_DAYS)), to: today };
    const own = intersect(wanted, { from: earliest, to: today });
    return own ? [{ account, range: own, windows: windowsOf(own) }] : [];
  });
  return { accounts, slices: accounts.reduce((sum, plan) => sum + lengthOf(plan.range), 0) };
}

/** Cuts a range into windows of at most 7 days, newest first; together they are the range, each day once. */
export function windowsOf(range: DayRange): DayRange[] {
  const windows: DayRange[] = [];
  for (let to = range.to; to >= range.from; to = addDays(to, -WINDOW_DAYS)) {
    const from = addDays(to, 1 - WINDOW_DAYS);
    windows.push({ from: from > range.from ? from : range.from, to });
  }
  return windows;
}

/** Days of a range, both ends counted. */
export function lengthOf(range: DayRange): number {
  return daysBetween(range.from, range.to) + 1;
}

interface Calendar {
  account: PlanAccount;
  today: Day;
  /** The first day its platform still serves. */
  earliest: Day;
}

function calendarOf(account: PlanAccount, now: Date): Calendar {
  const today = dayOf(now, account.timezone);
  return { account, today, earliest: addDays(addMonths(today, -account.historyMonths), 1) };
}

function checkRange(range: DayRange, calendars: readonly Calendar[], now: Date): void {
  for (const end of ['from', 'to'] as const) {
    if (!isDay(range[end])) throw badInput(`range.${end} must be a day that exists, such as 2026-10-31.`);
  }
  if (range.from > range.to) {
    throw badInput(`range.from ${range.from} is after range.to ${range.to}: give the earlier day first.`);
  }
  const latest =
    calendars
      .map(({ today }) => today)
      .sort()
      .at(-1) ?? dayOf(now, FIRST_ZONE);
  if (range.to > latest) throw badInput(`range.to ${range.to} is in the future: give a day up to ${latest}.`);
  const oldest = longestHistory(calendars);
  if (oldest && range.from < oldest.earliest) {
    throw badInput(
      `range.from ${range.from} is too long ago: ${keeps(oldest)}, give a day from ${oldest.earliest}.`,
    );
  }
  if (!oldest && lengthOf(range) > MOST_DAYS)
    throw badInput(`A range has at most ${String(MOST_DAYS)} days.`);
}

function checkDays(days: number, calendars: readonly Calendar[]): void {
  const oldest = longestHistory(calendars);
  const most = oldest ? lengthOf({ from: oldest.earliest, to: oldest.today }) : MOST_DAYS;
  if (Number.isInteger(days) && days >= 1 && days <= most) return;
  const because = oldest && days > most ? `: ${keeps(oldest)}` : '';
  throw badInput(`days must be a whole number from 1 to ${String(most)}${because}.`);
}

function longestHistory(calendars: readonly Calendar[]): Calendar | undefined {
  return [...calendars].sort((a, b) => (a.earliest < b.earliest ? -1 : 1))[0];
}

function keeps({ account }: Calendar): string {
  return `${account.platform} keeps ${String(account.historyMonths)} months`;
}
