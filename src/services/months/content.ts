import { z } from 'zod';
import { sha256 } from '../../lib/crypto.ts';
import { canonical } from '../../lib/money.ts';

const decimal = z.string();
const goal = z.object({ count: decimal, value: decimal });

const campaign = z.object({
  account: z.string(),
  campaign: z.string(),
  currency: z.string(),
  name: z.string(),
  status: z.string(),
  objective: z.string().nullable(),
  spend: decimal,
  impressions: decimal,
  clicks: decimal,
  linkClicks: decimal,
  conversions: decimal,
  conversionValue: decimal,
  /** By name. */
  goals: z.record(z.string(), goal),
  /** The platform's own count of the whole month; null = not told. Never summed. */
  reach: decimal.nullable(),
});
export type CampaignContent = z.output<typeof campaign>;

const account = z.object({
  externalId: z.string(),
  name: z.string(),
  currency: z.string(),
  timezone: z.string(),
  days: z.int(),
  daysPresent: z.int(),
  /** What the account itself says of the month, a row a currency. */
  totals: z.array(z.object({ currency: z.string(), spend: decimal, impressions: decimal, clicks: decimal })),
  reach: decimal.nullable(),
  /** Kind → how many days of it were read. */
  breakdownDays: z.record(z.string(), z.int()),
});
export type AccountContent = z.output<typeof account>;

const content = z.object({
  version: z.literal(1),
  month: z.string(),
  platform: z.string(),
  client: z.object({ name: z.string(), currency: z.string(), timezone: z.string() }),
  /** In the client's order: the first is the primary one. */
  goals: z.array(z.object({ name: z.string(), actionTypes: z.array(z.string()) })),
  accounts: z.array(account),
  campaigns: z.array(campaign),
});

/** What a month says: its figures with names, zones, goals and coverage. No ids of ours and no moments in it. */
export type MonthContent = z.output<typeof content>;

/**
 * The canonical rendering, over which the hash is: JSON without spaces, keys in the order of their code units, accounts
 * and campaigns by the platform's ids, every number written in one way. The same content gives the same bytes, whatever
 * the order of its rows.
 */
export function renderMonth(month: MonthContent): string {
  return writeJson({
    ...month,
    accounts: sorted(month.accounts.map(canonicalAccount), (row) => row.externalId),
    campaigns: sorted(month.campaigns.map(canonicalCampaign), keyOf),
  });
}

/** sha256 over the rendering. */
export function contentHash(rendered: string): Buffer {
  return sha256(rendered);
}

/** What `renderMonth` wrote. Throws when it is something else. */
export function parseMonth(rendered: string): MonthContent {
  return content.parse(JSON.parse(rendered));
}

/** A row of a month: a campaign in one currency. */
export function keyOf(row: Pick<CampaignContent, 'account' | 'campaign' | 'currency'>): string {
  return JSON.stringify([row.account, row.campaign, row.currency]);
}

function canonicalAccount(row: AccountContent): AccountContent {
  const totals = row.totals.map((total) => ({
    currency: total.currency,
    spend: canonical(total.spend),
    impressions: canonical(total.impressions),
    clicks: canonical(total.clicks),
  }));
  return {
    ...row,
    totals: sorted(totals, (total) => total.currency),
    reach: row.reach && canonical(row.reach),
  };
}

function canonicalCampaign(row: CampaignContent): CampaignContent {
  const goals = Object.entries(row.goals).map(
    ([name, { count, value }]) => [name, { count: canonical(count), value: canonical(value) }] as const,
  );
  return {
    ...row,
    spend: canonical(row.spend),
    impressions: canonical(row.impressions),
    clicks: canonical(row.clicks),
    linkClicks: canonical(row.linkClicks),
    conversions: canonical(row.conversions),
    conversionValue: canonical(row.conversionValue),
    goals: Object.fromEntries(goals),
    reach: row.reach && canonical(row.reach),
  };
}

/** By code units, which no locale changes. */
function sorted<Row>(rows: readonly Row[], key: (row: Row) => string): Row[] {
  return rows.toSorted((a, b) => order(key(a), key(b)));
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function writeJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = sorted(Object.entries(value), ([key]) => key);
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${writeJson(inner)}`).join(',')}}`;
}
