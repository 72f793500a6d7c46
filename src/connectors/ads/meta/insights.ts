import { z } from 'zod';
import type { DayRange } from '../../../lib/days.ts';
import { daysOf } from '../../../lib/days.ts';
import { isPlausibleAmount, isPlausibleCount } from '../../../lib/decimal.ts';
import { ConnectorError } from '../../errors.ts';
import type { ReachRow } from '../breakdowns.ts';
import type { AccountAccess, AccountDay, Bookmark, InsightPage, UnservedCell } from '../contract.ts';
import { accountIdOf } from './calls.ts';
import { ACCOUNT_DAY_FIELDS, AD_INSIGHT_FIELDS, CAMPAIGN_INSIGHT_FIELDS, REACH_FIELDS } from './fields.ts';
import { bookmarkOf, planFrom } from './plan.ts';
import type { Level, Subject } from './question.ts';
import { firstQuestion } from './question.ts';
import type { Desk, Served } from './reading.ts';
import { readAnswers } from './reading.ts';
import { toInsightPage } from './transform.ts';

/** Daily rows of campaigns, then of ads: campaign rows are the truth, ads are the detail. */
export async function* readInsights(
  desk: Desk,
  access: AccountAccess,
  { range, from }: { range: DayRange; from?: Bookmark | undefined },
): AsyncGenerator<InsightPage> {
  const accountId = accountIdOf(access);
  const about = `INSIGHTS ${range.from} ${range.to}`;
  const first = (['campaign', 'ad'] as const).map((level) => firstQuestion(level, range, desk.syncDays));
  const fields = (level: Level) => (level === 'ad' ? AD_INSIGHT_FIELDS : CAMPAIGN_INSIGHT_FIELDS);
  const subject: Subject = { access, daily: true, breakdowns: [], fields };
  for await (const page of readAnswers(desk, subject, planFrom(from, about, first))) {
    const level = page.asked.level === 'ad' ? 'AD' : 'CAMPAIGN';
    const read = toInsightPage(page.rows, { level, range: page.asked, accountId });
    const unserved = unservedOf(page);
    yield { ...read, ...(unserved.length > 0 ? { unserved } : {}), next: bookmarkOf(page.next, about) };
  }
}

function unservedOf({ asked, refused }: Served): UnservedCell[] {
  if (refused === null) return [];
  const level = asked.level === 'ad' ? 'AD' : 'CAMPAIGN';
  const campaigns = asked.campaigns === null || asked.campaigns.length === 0 ? [null] : asked.campaigns;
  return daysOf(asked).flatMap((date) =>
    campaigns.map((campaignExternalId) => ({ level, date, campaignExternalId, reason: refused })),
  );
}

const amount = z.union([z.string(), z.number()]).transform(String).refine(isPlausibleAmount);
const count = amount.refine(isPlausibleCount);
const accountDay = z.object({
  date_start: z.string(),
  date_stop: z.string(),
  account_currency: z.string().regex(/^[A-Z]{3}$/),
  spend: amount.nullish(),
  impressions: count.nullish(),
  clicks: count.nullish(),
});

/** Daily totals of the account, archived and deleted objects included. Throws RETRY when a row cannot be read. */
export async function readAccountDays(
  desk: Desk,
  access: AccountAccess,
  range: DayRange,
): Promise<AccountDay[]> {
  const subject: Subject = { access, daily: true, breakdowns: [], fields: () => ACCOUNT_DAY_FIELDS };
  const days = new Map<string, AccountDay>();
  for (const row of await readAll(desk, subject, { level: 'account', range })) {
    const read = accountDay.safeParse(row).data;
    if (!read || read.date_start !== read.date_stop) throw unreadable();
    const { date_start: date, account_currency: currency } = read;
    const { spend, impressions, clicks } = read;
    if (date < range.from || date > range.to) throw unreadable();
    days.set(date, {
      date,
      currency,
      spend: spend ?? '0',
      impressions: impressions ?? '0',
      clicks: clicks ?? '0',
    });
  }
  return [...days.values()].sort((a, b) => (a.date < b.date ? -1 : 1));
}

const reach = z.object({
  campaign_id: z
    .string()
    .regex(/^\d{1,30}$/)
    .nullish(),
  reach: count.nullish(),
  impressions: count.nullish(),
  frequency: amount.nullish(),
});

/** Reach of the window as a whole, of the account and of each campaign; rows without it are left out. */
export async function readReach(desk: Desk, access: AccountAccess, window: DayRange): Promise<ReachRow[]> {
  const fields = (level: Level) => (level === 'account' ? REACH_FIELDS : [...REACH_FIELDS, 'campaign_id']);
  const subject: Subject = { access, daily: false, breakdowns: [], fields };
  // One row for each object however wide the window is: nothing a report would be needed for.
  const atOnce = { ...desk, syncDays: Infinity };
  const found = new Map<string | null, ReachRow>();
  for (const level of ['account', 'campaign'] as const) {
    for (const row of await readAll(atOnce, subject, { level, range: window })) {
      const read = reach.safeParse(row).data;
      if (!read) throw unreadable();
      const campaignExternalId = level === 'account' ? null : (read.campaign_id ?? null);
      if (!read.reach || (level === 'campaign' && campaignExternalId === null)) continue;
      const { impressions, frequency } = read;
      found.set(campaignExternalId, {
        campaignExternalId,
        reach: read.reach,
        impressions: impressions ?? '0',
        frequency: frequency ?? null,
      });
    }
  }
  return [...found.values()];
}

/** All rows of a small question. Throws RETRY when Meta answers only a part of it. */
async function readAll(
  desk: Desk,
  subject: Subject,
  { level, range }: { level: Level; range: DayRange },
): Promise<unknown[]> {
  const rows: unknown[] = [];
  const plan = planFrom(undefined, '', [firstQuestion(level, range, desk.syncDays)]);
  for await (const page of readAnswers(desk, subject, plan)) {
    if (page.refused !== null) throw new ConnectorError(page.refused, { failure: 'RETRY' });
    rows.push(...page.rows);
  }
  return rows;
}

function unreadable(): ConnectorError {
  return new ConnectorError('Meta sent totals that cannot be read.', { failure: 'RETRY' });
}
