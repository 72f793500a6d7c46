import { Prisma } from '../../generated/prisma/client.ts';
import type { MonthQuality } from '../../db/enums.ts';

/** Decimal text. */
export interface Figures {
  spend: string;
  impressions: string;
  clicks: string;
}

/** The account's own total of a month in one currency beside the sum of what is stored of the same days. */
export interface AccountTotal {
  currency: string;
  reported: Figures;
  stored: Figures;
}

export interface AccountFacts {
  externalId: string;
  /** How many days the month has. */
  days: number;
  /** Days read with success that nothing is suspicious about. */
  present: number;
  suspect: number;
  /** The first day that is not present, and why; null when all are. */
  missing: { day: string; reason: string } | null;
  totals: readonly AccountTotal[];
  /** Days with delivery of which the platform did not tell the account's own total. */
  untold: number;
}

export interface MonthFacts {
  accounts: readonly AccountFacts[];
  /** Campaigns with any figure. */
  campaigns: number;
  /** Goals that are defined. */
  goals: number;
}

export interface MonthJudgement {
  quality: MonthQuality;
  /** Which check failed, or why nothing is there; null when RICH. */
  reason: string | null;
}

/**
 * How good the stored figures of a client's month on one platform are. RICH: every day of every account is present,
 * campaigns and goals are there, and the campaigns add up to the account's own total. POOR names the first check that
 * failed, MISSING why no day is there. NOT_EXPECTED only when every day was read, none is suspect, and neither rows nor
 * the accounts' own totals know of any delivery.
 */
export function judgeMonth(facts: MonthFacts): MonthJudgement {
  const { accounts, campaigns, goals } = facts;
  if (accounts.length === 0) return { quality: 'MISSING', reason: 'the client has no account there' };
  if (accounts.every(({ present }) => present === 0))
    return { quality: 'MISSING', reason: whyMissing(accounts) };
  const gap = firstReason(accounts, coverageGap);
  if (gap !== null) return poor('coverage', gap);
  if (campaigns === 0) return judgeEmpty(accounts);
  if (goals === 0) return poor('goals', 'no goal is defined');
  const untold = firstReason(accounts, untoldTotals);
  if (untold !== null) return poor('totals', untold);
  const mismatch = firstReason(accounts, mismatchOf);
  return mismatch === null ? { quality: 'RICH', reason: null } : poor('sums', mismatch);
}

/** Whether stored quality must stay when such a capture comes, unless somebody forces it. */
export function outranks(stored: MonthQuality, fresh: MonthQuality): boolean {
  if (stored === 'RICH') return fresh !== 'RICH';
  return stored !== 'MISSING' && fresh === 'MISSING';
}

function judgeEmpty(accounts: readonly AccountFacts[]): MonthJudgement {
  const reported = firstReason(accounts, mismatchOf);
  if (reported !== null) return poor('campaigns', reported);
  return { quality: 'NOT_EXPECTED', reason: 'every day was read, and nothing was delivered' };
}

function poor(check: string, reason: string): MonthJudgement {
  return { quality: 'POOR', reason: `${check}: ${reason}` };
}

function firstReason(
  accounts: readonly AccountFacts[],
  check: (account: AccountFacts) => string | null,
): string | null {
  for (const account of accounts) {
    const reason = check(account);
    if (reason !== null) return `${account.externalId}: ${reason}`;
  }
  return null;
}

function whyMissing(accounts: readonly AccountFacts[]): string {
  return firstReason(accounts, ({ missing }) => missing?.reason ?? null) ?? 'no day was ever read';
}

function coverageGap({ days, present, suspect, missing }: AccountFacts): string | null {
  if (present >= days && suspect === 0) return null;
  const first = missing ? `, first ${missing.day}: ${missing.reason}` : '';
  return `${String(days - present)} of ${String(days)} days are not there${first}`;
}

function untoldTotals({ untold }: AccountFacts): string | null {
  if (untold === 0) return null;
  return `the account's own total of ${String(untold)} days with delivery is not known`;
}

const FIGURES = ['spend', 'impressions', 'clicks'] as const;

function mismatchOf({ totals }: AccountFacts): string | null {
  for (const { currency, reported, stored } of totals) {
    const figure = FIGURES.find((name) => !agree(reported[name], stored[name]));
    if (figure === undefined) continue;
    const unit = figure === 'spend' ? ` ${currency}` : '';
    return `the account's own ${figure} is ${plain(reported[figure])}${unit}, its campaigns add up to ${plain(stored[figure])}${unit}`;
  }
  return null;
}

/** In major units, impressions or clicks: rounding of a few rows. */
const TOLERATED = new Prisma.Decimal(1);
/** Half a per cent of the larger one: what was restated between the two questions. */
const TOLERATED_SHARE = new Prisma.Decimal('0.005');

/** Two sums are equal when they differ by at most 1.00 or by at most 0.5 % of the larger one. */
export function agree(a: string, b: string): boolean {
  const [one, other] = [new Prisma.Decimal(a), new Prisma.Decimal(b)];
  const gap = one.minus(other).abs();
  const larger = Prisma.Decimal.max(one.abs(), other.abs());
  return gap.lte(TOLERATED) || gap.lte(larger.times(TOLERATED_SHARE));
}

function plain(text: string): string {
  return new Prisma.Decimal(text).toFixed();
}
