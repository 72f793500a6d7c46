import type { AccountDay } from '../../connectors/ads/contract.ts';
import type { Sql } from '../../db/sql.ts';
import type { Day, DayRange } from '../../lib/days.ts';
import { dayOf, daysBetween, daysOf } from '../../lib/days.ts';
import type { FactColumns } from './facts/sql.ts';
import * as factSql from './facts/sql.ts';
import type { CampaignRows, Fact } from './insights.ts';
import type { Judgement } from './judge.ts';
import { refreshCampaignDays, refreshClientDays } from './rollups/sql.ts';
import type { ReadColumns } from './sql.ts';
import { lockFor, markRead, noteCampaignRows } from './sql.ts';

const FACTS_PER_STATEMENT = 5_000;

/** Where a window's facts go, and under which run and moment. */
export interface FactReplacement {
  clientId: string;
  accountId: string;
  platform: string;
  window: DayRange;
  runId: string;
  /** The figures are as of then: when the platform was asked, or the client changed its goals. */
  readAt: Date;
}

export interface Replacement extends FactReplacement {
  /** The account's zone: it says which day "today" is. */
  timezone: string;
  restatementDays: number;
  /** WindowFacts.campaignRows, asked when the facts are at their end; left out, the facts tell of every campaign. */
  campaignRows?: () => ReadonlyMap<Day, CampaignRows>;
  /** What is known of a day beside its facts; days left out are believed as they came. */
  remarks?: ReadonlyMap<Day, Remarks>;
}

/** What a slice says beside its figures. */
export interface Remarks {
  judgement: Judgement;
  /** What is less fine than it should be, for people. */
  note: string | null;
  total: AccountDay | null;
}

/**
 * Replaces the slices of one account and window by `facts`, in the transaction of `sql`, and notes every day of the
 * window as read. Returns how many facts the window has.
 */
export async function replaceSlices(sql: Sql, into: Replacement, facts: Iterable<Fact>): Promise<number> {
  const { clientId, accountId, window } = into;
  const counted = await replaceFacts(sql, into, facts);
  const days = daysOf(window);
  const rows = days.map((day) => counted.get(day) ?? 0);
  await noteRead(sql, into, { days, rows });
  const known = into.campaignRows?.() ?? new Map<Day, CampaignRows>();
  const campaignRows = days.map((day) => JSON.stringify(known.get(day) ?? null));
  await noteCampaignRows.run(sql, clientId, accountId, into.readAt, days, campaignRows);
  return rows.reduce((sum, count) => sum + count, 0);
}

const BELIEVED: Remarks = {
  judgement: { status: 'OK', replace: true, since: null, reason: null },
  note: null,
  total: null,
};

/** Notes that these days were read; the figures of those that are not to be replaced stay as they were. */
export async function noteRead(
  sql: Sql,
  into: Omit<Replacement, 'window'>,
  read: { days: Day[]; rows: number[] },
): Promise<void> {
  const { clientId, accountId, runId, readAt } = into;
  const { days, rows } = read;
  const today = dayOf(readAt, into.timezone);
  const remarks = days.map((day) => into.remarks?.get(day) ?? BELIEVED);
  const judgements = remarks.map(({ judgement }) => judgement);
  const finals = days.map(
    (day, at) => judgements[at]?.status === 'OK' && daysBetween(day, today) > into.restatementDays,
  );
  const columns: ReadColumns = [
    days,
    judgements.map(({ status }) => status),
    judgements.map(({ replace }) => replace),
    rows,
    finals,
    judgements.map(({ since }) => since),
    judgements.map(({ reason }) => reason),
    remarks.map(({ note }) => note),
    remarks.map(({ total }) => total?.currency ?? null),
    remarks.map(({ total }) => total?.spend ?? null),
    remarks.map(({ total }) => total?.impressions ?? null),
    remarks.map(({ total }) => total?.clicks ?? null),
  ];
  await markRead.run(sql, clientId, accountId, runId, readAt, ...columns);
}

/**
 * Replaces what is stored of one account and window by `facts`, in the transaction of `sql`: rows that are gone go, new
 * ones come, changed ones change, and unchanged ones are not written. Earlier figures are kept as revisions, and the
 * rollups of the touched days follow; the slices themselves are left alone.
 * Two calls for one account wait for each other, so do two accounts' refreshes of the same client's days.
 * Returns how many facts each day has.
 */
export async function replaceFacts(
  sql: Sql,
  into: FactReplacement,
  facts: Iterable<Fact>,
): Promise<ReadonlyMap<Day, number>> {
  const { clientId, accountId, window } = into;
  const scope = [clientId, accountId, window.from, window.to] as const;
  const counted = new DayCounter(facts);
  await lockFor.run(sql, `sync.account:${accountId}`);
  await factSql.avoidCompiling.run(sql);
  const isNew = (await factSql.windowIsNew.maybe(sql, ...scope))?.is_new === true;
  const touched = isNew ? await insertAll(sql, into, counted) : await replaceChanged(sql, into, counted);
  if (touched.length > 0) {
    await refreshCampaignDays.run(sql, clientId, accountId, touched);
    await lockFor.run(sql, `sync.client:${clientId}:${into.platform}`);
    await refreshClientDays.run(sql, clientId, into.platform, touched);
  }
  return counted.byDay;
}

/** Nothing of the window was ever stored, so there is nothing to compare with: straight into the table. */
async function insertAll(sql: Sql, into: FactReplacement, facts: DayCounter): Promise<Day[]> {
  for (const columns of inColumns(facts)) {
    await factSql.insertFacts.run(sql, ...columns, into.clientId, into.accountId, into.runId);
  }
  return [...facts.byDay.keys()];
}

async function replaceChanged(sql: Sql, into: FactReplacement, facts: DayCounter): Promise<Day[]> {
  const { clientId, accountId, runId, window, readAt } = into;
  const scope = [clientId, accountId, window.from, window.to] as const;
  await factSql.createIncoming.run(sql);
  await factSql.createChanges.run(sql);
  await factSql.emptyIncoming.run(sql);
  for (const columns of inColumns(facts)) await factSql.loadIncoming.run(sql, ...columns);
  await factSql.avoidLoops.run(sql);
  if ((await factSql.noteChanges.run(sql, ...scope)) === 0) return [];
  await factSql.keepRevisions.run(sql, ...scope, runId, readAt);
  await factSql.deleteGone.run(sql, ...scope);
  await factSql.updateChanged.run(sql, ...scope, runId);
  await factSql.insertNew.run(sql, clientId, accountId, runId);
  await factSql.allowLoops.run(sql);
  return (await factSql.changedDays.all(sql)).map((row) => row.date);
}

/** Counts facts by day as they pass. */
class DayCounter implements Iterable<Fact> {
  readonly byDay = new Map<Day, number>();
  readonly #facts: Iterable<Fact>;

  constructor(facts: Iterable<Fact>) {
    this.#facts = facts;
  }

  *[Symbol.iterator](): Generator<Fact> {
    for (const fact of this.#facts) {
      this.byDay.set(fact.date, (this.byDay.get(fact.date) ?? 0) + 1);
      yield fact;
    }
  }
}

/** At most 5,000 facts each: a text a column, a line a fact. */
function* inColumns(facts: Iterable<Fact>): Generator<FactColumns> {
  let batch: Fact[] = [];
  for (const fact of facts) {
    batch.push(fact);
    if (batch.length < FACTS_PER_STATEMENT) continue;
    yield columnsOf(batch);
    batch = [];
  }
  if (batch.length > 0) yield columnsOf(batch);
}

function columnsOf(facts: readonly Fact[]): FactColumns {
  const lines = (read: (fact: Fact) => string | null) =>
    facts.map((fact) => read(fact) ?? factSql.NULL_LINE).join('\n');
  return [
    lines((fact) => fact.date),
    lines((fact) => fact.campaign),
    lines((fact) => fact.ad),
    lines((fact) => fact.adSet),
    lines((fact) => fact.currency),
    lines((fact) => fact.spend),
    lines((fact) => fact.impressions),
    lines((fact) => fact.clicks),
    lines((fact) => fact.linkClicks),
    lines((fact) => fact.reach),
    lines((fact) => fact.conversions),
    lines((fact) => fact.conversionValue),
    lines((fact) => fact.goals),
    lines((fact) => fact.actions),
  ];
}
