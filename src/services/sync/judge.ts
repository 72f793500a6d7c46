import type { AccountDay, DecimalText } from '../../connectors/ads/contract.ts';
import type { Day } from '../../lib/days.ts';
import { DecimalSum } from '../../lib/money.ts';

/** What a read brought for one day, before it is stored. */
export interface DayCame {
  /** Spend or impressions above zero. */
  delivered: boolean;
  /** By currency, as the campaigns report it. */
  spend: ReadonlyMap<string, DecimalText>;
}

/** What is there of a day before the read is stored. */
export interface StoredDay {
  status: string | null;
  /** The run that read it last. */
  runId: string | null;
  fetchedAt: Date | null;
  suspectSince: Date | null;
  hasRows: boolean;
  delivered: boolean;
}

export interface DayCase {
  day: Day;
  /** The account's own today when the platform was asked. */
  today: Day;
  readAt: Date;
  runId: string;
  /** Null = not a single row. */
  came: DayCame | null;
  /** Whether the platform restates it no more: then nobody reads it again by himself. */
  isSettled: boolean;
  /** The account's own total of the day; null when the platform told none. */
  total: AccountDay | null;
  /** Whether the platform told the account's totals at all: then a day without one had no delivery. */
  totalsKnown: boolean;
  stored: StoredDay;
  /** Whether the day before has spend or impressions, or had them until this read. */
  dayBeforeDelivered: boolean;
}

/** What becomes of a day. */
export interface Judgement {
  status: 'OK' | 'SUSPECT';
  /** False = what is stored stays. */
  replace: boolean;
  /** Since when it is SUSPECT; on a day that is OK without rows: since when its emptiness was looked into. */
  since: Date | null;
  /** For people; null unless SUSPECT. */
  reason: string | null;
}

/** Platforms mend an answer that was empty by mistake within hours. */
const CONFIRMED_AFTER_MS = 6 * 3_600_000;
/** Differences up to this much in major units, or up to a hundredth, are rounding and delay. */
const TOLERATED = '1';

/**
 * Whether a read of a day can be believed. An empty answer is not believed at first where something is stored, where
 * the day before had delivery or where the account's own total says otherwise: another run that hears the same some
 * hours later confirms it, unless the total still says otherwise. Rows always end that. A day that is not over is
 * believed as it is; so is an empty one that nobody reads again, when the account's totals know nothing of it either:
 * an account that was paused years ago has no gap there.
 */
export function judgeDay(facts: DayCase): Judgement {
  if (facts.came) return judgeRows(facts, facts.came);
  const { stored, readAt, runId } = facts;
  const reason = doubtAboutNothing(facts);
  if (reason === null) return { status: 'OK', replace: true, since: null, reason: null };
  const contradicted = facts.total !== null && delivers(facts.total);
  const since = emptySince(stored);
  if (!contradicted) {
    if (isConfirmed(stored)) return { status: 'OK', replace: true, since: stored.suspectSince, reason: null };
    const waited = since !== null && readAt.getTime() - since.getTime() >= CONFIRMED_AFTER_MS;
    if (waited && stored.runId !== runId) return { status: 'OK', replace: true, since, reason: null };
  }
  return { status: 'SUSPECT', replace: false, since: since ?? readAt, reason };
}

/**
 * The same for the day after a window that has just been stored, which this run had read without the day before it.
 * Null = nothing changes.
 */
export function judgeDayAfter(facts: DayCase): Judgement | null {
  const { status, runId, hasRows, suspectSince } = facts.stored;
  const isUndoubted = status === 'OK' && runId === facts.runId && !hasRows && suspectSince === null;
  if (!isUndoubted) return null;
  const judgement = judgeDay(facts);
  return judgement.status === 'SUSPECT' ? judgement : null;
}

function judgeRows({ day, today, total, stored, readAt }: DayCase, came: DayCame): Judgement {
  const reason = day < today && total ? mismatch(total, came) : null;
  if (reason === null) return { status: 'OK', replace: true, since: null, reason: null };
  const isOld = stored.status === 'SUSPECT' && emptySince(stored) === null;
  return { status: 'SUSPECT', replace: true, since: (isOld ? stored.suspectSince : null) ?? readAt, reason };
}

function doubtAboutNothing(facts: DayCase): string | null {
  const { day, today, total, stored } = facts;
  if (day >= today) return null;
  if (total && delivers(total)) {
    return `no rows came, but the account's own total is ${amount(total.spend)} ${total.currency} and ${total.impressions} impressions`;
  }
  if (stored.hasRows) return 'no rows came where there had been some; they are kept';
  if (!facts.dayBeforeDelivered || (facts.isSettled && facts.totalsKnown)) return null;
  return 'no rows came although the day before had delivery';
}

/** Since when the day is SUSPECT for coming empty: then its last good read is older than the suspicion. */
function emptySince({ status, fetchedAt, suspectSince }: StoredDay): Date | null {
  if (status !== 'SUSPECT' || suspectSince === null) return null;
  return fetchedAt === null || fetchedAt < suspectSince ? suspectSince : null;
}

/** It was SUSPECT, and a later run found it empty again. */
function isConfirmed({ status, hasRows, suspectSince }: StoredDay): boolean {
  return status === 'OK' && !hasRows && suspectSince !== null;
}

function delivers({ spend, impressions }: AccountDay): boolean {
  return isPositive(spend) || isPositive(impressions);
}

/** Rows in another currency than the total's cannot be compared with it. */
function mismatch(total: AccountDay, came: DayCame): string | null {
  if ([...came.spend.keys()].some((currency) => currency !== total.currency)) return null;
  const sum = came.spend.get(total.currency) ?? '0';
  const gap = magnitude(minus(total.spend, sum));
  const larger = isPositive(minus(magnitude(total.spend), magnitude(sum))) ? total.spend : sum;
  if (!isPositive(minus(gap, TOLERATED)) || !isPositive(minus(gap, hundredth(magnitude(larger)))))
    return null;
  const { currency } = total;
  return `the account's own total is ${amount(total.spend)} ${currency}, its campaigns add up to ${amount(sum)} ${currency}`;
}

function minus(a: DecimalText, b: DecimalText): DecimalText {
  return new DecimalSum().add(a).subtract(b).text();
}

function magnitude(text: DecimalText): DecimalText {
  return text.replace('-', '');
}

function isPositive(text: DecimalText): boolean {
  return !text.startsWith('-') && /[1-9]/.test(text);
}

function hundredth(text: DecimalText): DecimalText {
  const [whole = '', fraction = ''] = text.split('.');
  const padded = whole.padStart(3, '0');
  return `${padded.slice(0, -2)}.${padded.slice(-2)}${fraction}`;
}

/** With at least two decimals, as people write money. */
function amount(text: DecimalText): string {
  const [whole = '', fraction = ''] = new DecimalSum().add(text).text().split('.');
  return `${whole}.${fraction.padEnd(2, '0')}`;
}
