import type { AccountDay, UnservedCell } from '../../connectors/ads/contract.ts';
import type { Sql } from '../../db/sql.ts';
import type { Day, DayRange } from '../../lib/days.ts';
import { addDays, dayOf, daysBetween, daysOf } from '../../lib/days.ts';
import type { CampaignRows, WindowFacts } from './insights.ts';
import type { DayCame, DayCase, Judgement, StoredDay } from './judge.ts';
import { judgeDay, judgeDayAfter } from './judge.ts';
import type { Remarks, Replacement } from './replace.ts';
import { noteRead, replaceSlices } from './replace.ts';
import type { StoredDayRow } from './sql.ts';
import { lockFor, markFailed, markSuspect, storedDays } from './sql.ts';
import { noteOf, unservedDays } from './unserved.ts';

/** A window as the platform reported it. */
export interface Reading {
  facts: WindowFacts;
  unserved: readonly UnservedCell[];
  /** Null = the platform could not tell. */
  totals: readonly AccountDay[] | null;
}

/** A day and what people should know of it. */
export interface DayRemark {
  day: Day;
  reason: string;
}

export interface StoredReading {
  /** How many facts were stored. */
  records: number;
  suspect: DayRemark[];
  /** Days that were not replaced, because the platform would not serve them. */
  failed: DayRemark[];
  noted: DayRemark[];
}

/**
 * Stores a window in the transaction of `sql`: replaces the days that can be believed, keeps what is stored of the
 * others, and notes for each what became of it. Whether a day is believed does not depend on how its range was cut into
 * windows, as long as newer windows are stored first.
 */
export async function storeReading(sql: Sql, into: Replacement, reading: Reading): Promise<StoredReading> {
  const { clientId, accountId, window, runId, readAt } = into;
  await lockFor.run(sql, `sync.account:${accountId}`);
  const around = [clientId, accountId, addDays(window.from, -1), addDays(window.to, 1)] as const;
  const before = new Map((await storedDays.all(sql, ...around)).map((row) => [row.date, storedOf(row)]));
  const failed = unservedDays(reading.unserved, window);
  const scene: Scene = { into, reading, before, failed, came: reading.facts.days() };
  const remarks = remarksOf(scene);
  const records = await replaceBelieved(sql, { ...into, remarks }, reading.facts);
  const kept = daysWhere(remarks, ({ judgement }) => !judgement.replace);
  await noteRead(sql, { ...into, remarks }, { days: kept, rows: kept.map(() => 0) });
  for (const [day, reason] of failed) {
    await markFailed.run(sql, clientId, accountId, [day], runId, readAt, 'FIX', reason);
  }
  const after = judgeNext(scene);
  if (after) await markSuspect.run(sql, clientId, accountId, after.day, readAt, after.reason);
  return { records, ...tell(remarks, failed, after) };
}

interface Scene {
  into: Replacement;
  reading: Reading;
  /** What was stored before: the days of the window and one more at both ends. */
  before: ReadonlyMap<Day, StoredDay>;
  came: ReadonlyMap<Day, DayCame>;
  failed: ReadonlyMap<Day, string>;
}

function remarksOf(scene: Scene): Map<Day, Remarks> {
  const { into, reading, failed } = scene;
  const days = daysOf(into.window).filter((day) => !failed.has(day));
  return new Map(
    days.map((day) => {
      const facts = caseOf(scene, day);
      return [day, { judgement: judgeDay(facts), note: noteOf(reading.unserved, day), total: facts.total }];
    }),
  );
}

/** The day after the window, now that the day before it is known. */
function judgeNext(scene: Scene): DayRemark | null {
  const { into, before } = scene;
  const day = addDays(into.window.to, 1);
  const fetchedAt = before.get(day)?.fetchedAt;
  if (!fetchedAt) return null;
  const judged = judgeDayAfter({ ...caseOf(scene, day), today: dayOf(fetchedAt, into.timezone) });
  return judged?.reason ? { day, reason: judged.reason } : null;
}

function caseOf({ into, reading, before, came, failed }: Scene, day: Day): DayCase {
  const today = dayOf(into.readAt, into.timezone);
  const dayBefore = addDays(day, -1);
  const newlyDelivered = !failed.has(dayBefore) && came.get(dayBefore)?.delivered === true;
  return {
    day,
    today,
    readAt: into.readAt,
    runId: into.runId,
    isSettled: daysBetween(day, today) > into.restatementDays,
    came: came.get(day) ?? null,
    totalsKnown: reading.totals !== null,
    total: reading.totals?.find((total) => total.date === day) ?? null,
    stored: before.get(day) ?? NOTHING_STORED,
    dayBeforeDelivered: newlyDelivered || before.get(dayBefore)?.delivered === true,
  };
}

const NOTHING_STORED: StoredDay = {
  status: null,
  runId: null,
  fetchedAt: null,
  suspectSince: null,
  hasRows: false,
  delivered: false,
};

function storedOf(row: StoredDayRow): StoredDay {
  return {
    status: row.status,
    runId: row.run_id,
    fetchedAt: row.fetched_at,
    suspectSince: row.suspect_since,
    hasRows: row.has_rows,
    delivered: row.delivered,
  };
}

async function replaceBelieved(
  sql: Sql,
  into: Replacement & { remarks: ReadonlyMap<Day, Remarks> },
  facts: WindowFacts,
): Promise<number> {
  let records = 0;
  const campaignRows = (): ReadonlyMap<Day, CampaignRows> => facts.campaignRows();
  for (const window of neighbours(daysWhere(into.remarks, ({ judgement }) => judgement.replace))) {
    records += await replaceSlices(sql, { ...into, window, campaignRows }, facts.facts(window));
  }
  return records;
}

function daysWhere(remarks: ReadonlyMap<Day, Remarks>, holds: (remark: Remarks) => boolean): Day[] {
  return [...remarks].filter(([, remark]) => holds(remark)).map(([day]) => day);
}

/** Days, oldest first, as ranges without gaps. */
function neighbours(days: readonly Day[]): DayRange[] {
  const ranges: DayRange[] = [];
  for (const day of days) {
    const last = ranges.at(-1);
    if (last && addDays(last.to, 1) === day) last.to = day;
    else ranges.push({ from: day, to: day });
  }
  return ranges;
}

function tell(
  remarks: ReadonlyMap<Day, Remarks>,
  failed: ReadonlyMap<Day, string>,
  after: DayRemark | null,
): Omit<StoredReading, 'records'> {
  const told = (read: (judgement: Judgement, note: string | null) => string | null) =>
    [...remarks].flatMap(([day, { judgement, note }]) => {
      const reason = read(judgement, note);
      return reason === null ? [] : [{ day, reason }];
    });
  return {
    suspect: [...told(({ reason }) => reason), ...(after ? [after] : [])],
    failed: [...failed].map(([day, reason]) => ({ day, reason })),
    noted: told((_judgement, note) => note),
  };
}
