import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import { notFound } from '../../errors.ts';
import { missingReason } from '../coverage/judge.ts';
import { missingSlices } from '../coverage/sql.ts';
import { readGoals } from '../goals/read.ts';
import { lengthOf } from '../sync/plan.ts';
import { rangeOf } from './calendar.ts';
import type { AccountContent, CampaignContent, MonthContent } from './content.ts';
import { keyOf } from './content.ts';
import type { AccountFacts, AccountTotal, MonthFacts } from './judge.ts';
import type { MonthAccountRow, MonthCampaignSums, MonthTotalRow, PairInput } from './facts/sql.ts';
import * as months from './facts/sql.ts';

/** The books of one client on one platform for one month, `2026-09`. */
export interface MonthKey {
  clientId: string;
  platform: string;
  month: string;
}

/** What is stored of a month at this moment. */
export interface Gathered {
  facts: MonthFacts;
  content: MonthContent;
  /** Every day of every account was read after the platform stopped restating it. */
  isSettled: boolean;
}

export function pairOf({ clientId, platform, month }: MonthKey): PairInput {
  const { from, to } = rangeOf(month);
  return [clientId, platform, from, to];
}

/** Reads all that a month says and is judged by. Throws NOT_FOUND for a client that is gone. */
export async function gatherMonth(ctx: Context, sql: Sql, key: MonthKey): Promise<Gathered> {
  const pair = pairOf(key);
  const client = await months.monthClient.maybe(sql, key.clientId);
  if (!client) throw notFound('client');
  const platform = { key: key.platform, defaultGoals: [], ...ctx.platforms.get(key.platform) };
  const rows = {
    accounts: await months.monthAccounts.all(sql, ...pair),
    totals: await months.monthTotals.all(sql, ...pair),
    reach: await months.monthReach.all(sql, ...pair),
    breakdowns: await months.breakdownDays.all(sql, ...pair),
  };
  const goals = await readGoals(sql, key.clientId, platform);
  const campaigns = await campaignsOf(sql, pair, rows.reach);
  const untold = await months.untoldDays.all(sql, ...pair);
  const facts: AccountFacts[] = [];
  for (const account of rows.accounts) {
    facts.push({
      externalId: account.external_id,
      days: lengthOf(rangeOf(key.month)),
      present: account.present,
      suspect: account.suspect,
      missing: await firstMissing(ctx, sql, { account, key }),
      totals: rows.totals.filter((total) => total.account_id === account.id).map(toTotal),
      untold: untold.find((row) => row.account_id === account.id)?.days ?? 0,
    });
  }
  const days = lengthOf(rangeOf(key.month));
  return {
    facts: { accounts: facts, campaigns: campaigns.length, goals: goals.length },
    isSettled: rows.accounts.length > 0 && rows.accounts.every((account) => account.final === days),
    content: {
      version: 1,
      month: key.month,
      platform: key.platform,
      client,
      goals: goals.map(({ name, actionTypes }) => ({ name, actionTypes: [...actionTypes] })),
      accounts: rows.accounts.map((account) => accountContent(account, rows, days)),
      campaigns,
    },
  };
}

async function firstMissing(
  ctx: Context,
  sql: Sql,
  { account, key }: { account: MonthAccountRow; key: MonthKey },
): Promise<AccountFacts['missing']> {
  const { from, to } = rangeOf(key.month);
  const first = await missingSlices.maybe(sql, key.clientId, [account.id], from, to, null, 1);
  if (!first) return null;
  const { timezone, paused_until: pausedUntil, pause_reason: pauseReason } = account;
  const moment = { now: ctx.now(), asOf: null };
  return { day: first.date, reason: missingReason(first, { timezone, pausedUntil, pauseReason }, moment) };
}

function toTotal(row: MonthTotalRow): AccountTotal {
  const { currency, spend, impressions, clicks } = row;
  return {
    currency,
    reported: { spend, impressions, clicks },
    stored: { spend: row.stored_spend, impressions: row.stored_impressions, clicks: row.stored_clicks },
  };
}

type Reach = Awaited<ReturnType<typeof months.monthReach.all>>;

interface AccountRows {
  totals: MonthTotalRow[];
  reach: Reach;
  breakdowns: { account_id: string; kind: string; days: number }[];
}

function accountContent(account: MonthAccountRow, rows: AccountRows, days: number): AccountContent {
  const ofAccount = <Row extends { account_id: string }>(all: readonly Row[]) =>
    all.filter((row) => row.account_id === account.id);
  return {
    externalId: account.external_id,
    name: account.name,
    currency: account.currency,
    timezone: account.timezone,
    days,
    daysPresent: account.present,
    totals: ofAccount(rows.totals).map(({ currency, spend, impressions, clicks }) => ({
      ...{ currency, spend, impressions, clicks },
    })),
    reach: ofAccount(rows.reach).find((row) => row.campaign === null)?.reach ?? null,
    breakdownDays: Object.fromEntries(ofAccount(rows.breakdowns).map((row) => [row.kind, row.days])),
  };
}

async function campaignsOf(sql: Sql, pair: PairInput, reach: Reach): Promise<CampaignContent[]> {
  const sums = await months.monthCampaigns.all(sql, ...pair);
  const reached = new Map(reach.map((row) => [JSON.stringify([row.account_id, row.campaign]), row.reach]));
  const goals = new Map<string, CampaignContent['goals']>();
  for (const { account_id: account, name, count, value, ...row } of await months.monthGoals.all(
    sql,
    ...pair,
  )) {
    const key = keyOf({ account, ...row });
    goals.set(key, { ...goals.get(key), [name]: { count, value } });
  }
  return sums.map((row) => ({
    ...campaignContent(row),
    goals: goals.get(keyOf({ ...row, account: row.account_id })) ?? {},
    reach: reached.get(JSON.stringify([row.account_id, row.campaign])) ?? null,
  }));
}

/** A campaign that no structure lists has its id for a name. */
function campaignContent(row: MonthCampaignSums): Omit<CampaignContent, 'goals' | 'reach'> {
  return {
    account: row.account,
    campaign: row.campaign,
    currency: row.currency,
    name: row.name ?? row.campaign,
    status: row.status ?? 'UNKNOWN',
    objective: row.objective,
    spend: row.spend,
    impressions: row.impressions,
    clicks: row.clicks,
    linkClicks: row.link_clicks,
    conversions: row.conversions,
    conversionValue: row.conversion_value,
  };
}
