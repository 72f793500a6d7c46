import type { AdPlatform } from '../../connectors/ads/contract.ts';
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
  /** The platforms asked for; what they serve is the limit where there is no account yet. */
  platforms: readonly Pick<AdPlatform, 'key' | 'historyMonths'>[];
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
}

export interface SyncPlan {
  accounts: AccountPlan[];
  /** Accounts × days. */
  slices: number;
}

export const DEFAULT_DAYS = 30;
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
  const limits = calendars.length > 0 ? calendars : calendarsOf(input);
  if (range) checkRange(range, limits);
  else checkDays(days ?? DEFAULT_DAYS, limits);
  const accounts = calendars.flatMap(({ account, today, earliest }) => {
    const wanted = range ?? { from: addDays(today, 1 - (days ?? DEFAULT_DAYS)), to: today };
    const own = intersect(wanted, { from: earliest, to: today });
    return own ? [{ account, range: own }] : [];
  });
  return { accounts, slices: accounts.reduce((sum, plan) => sum + lengthOf(plan.range), 0) };
}

/** The most days of one read and one transaction. */
const WINDOW_DAYS = 7;
/** How many insights a window is made for: enough for few calls, few enough to hold two windows in memory. */
const WINDOW_ROWS = 6_000;
/** The first window of an account is short: today's figures soon, and nobody knows yet how much a day brings. */
export const FIRST_WINDOW_DAYS = 2;

/** The days the next window should have, after one of `days` days brought `rows` insights. */
export function windowDaysAfter(rows: number, days: number): number {
  const fitting = Math.floor((WINDOW_ROWS * days) / Math.max(rows, 1));
  return Math.min(Math.max(fitting, 1), WINDOW_DAYS);
}

/** The newest of these days as one range: neighbours only, at most so many. `left` is newest first; null when empty. */
export function newestOf(left: readonly Day[], most: number): DayRange | null {
  const to = left[0];
  if (to === undefined) return null;
  let from = to;
  for (const day of left.slice(1, most)) {
    if (addDays(day, 1) !== from) break;
    from = day;
  }
  return { from, to };
}

/** Days of a range, both ends counted. */
export function lengthOf(range: DayRange): number {
  return daysBetween(range.from, range.to) + 1;
}

interface Calendar {
  platform: string;
  historyMonths: number;
  today: Day;
  /** The first day the platform still serves. */
  earliest: Day;
}

type AccountCalendar = Calendar & { account: PlanAccount };

function calendarOf(account: PlanAccount, now: Date): AccountCalendar {
  return { account, ...calendar(account, dayOf(now, account.timezone)) };
}

/** Without accounts: the platforms' own limits, where the day begins first. */
function calendarsOf({ platforms, now }: PlanInput): Calendar[] {
  const today = dayOf(now, FIRST_ZONE);
  return platforms.map(({ key, historyMonths }) => calendar({ platform: key, historyMonths }, today));
}

function calendar(
  { platform, historyMonths }: Pick<Calendar, 'platform' | 'historyMonths'>,
  today: Day,
): Calendar {
  return { platform, historyMonths, today, earliest: addDays(addMonths(today, -historyMonths), 1) };
}

function checkRange(range: DayRange, calendars: readonly Calendar[]): void {
  for (const end of ['from', 'to'] as const) {
    if (!isDay(range[end])) throw badInput(`range.${end} must be a day that exists, such as 2026-10-31.`);
  }
  if (range.from > range.to) {
    throw badInput(`range.from ${range.from} is after range.to ${range.to}: give the earlier day first.`);
  }
  const latest = latestDay(calendars);
  if (range.to > latest) throw badInput(`range.to ${range.to} is in the future: give a day up to ${latest}.`);
  const oldest = longestHistory(calendars);
  if (range.from < oldest.earliest) {
    throw badInput(
      `range.from ${range.from} is too long ago: ${keeps(oldest)}, give a day from ${oldest.earliest}.`,
    );
  }
}

function checkDays(days: number, calendars: readonly Calendar[]): void {
  const oldest = longestHistory(calendars);
  const most = lengthOf({ from: oldest.earliest, to: oldest.today });
  if (Number.isInteger(days) && days >= 1 && days <= most) return;
  const because = days > most ? `: ${keeps(oldest)}` : '';
  throw badInput(`days must be a whole number from 1 to ${String(most)}${because}.`);
}

function latestDay(calendars: readonly Calendar[]): Day {
  return calendars.map(({ today }) => today).reduce((a, b) => (a > b ? a : b));
}

function longestHistory(calendars: readonly Calendar[]): Calendar {
  return calendars.reduce((a, b) => (a.earliest <= b.earliest ? a : b));
}

function keeps({ platform, historyMonths }: Calendar): string {
  return `${platform} keeps ${String(historyMonths)} months`;
}
