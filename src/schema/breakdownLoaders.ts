import DataLoader from 'dataloader';
import type { BreakdownKind } from '../connectors/ads/breakdowns.ts';
import type { Context } from '../context.ts';
import type { AdAccount } from '../generated/prisma/client.ts';
import type { DayRange } from '../lib/days.ts';
import type { MissingDay } from '../services/breakdowns/report/read.ts';
import { readCampaignParts, readDaysPresent, readMissingDays } from '../services/breakdowns/report/read.ts';
import type { PartRow } from '../services/breakdowns/report/sql.ts';
import { readCampaignReach } from '../services/reach/read.ts';
import type { ReachOfWindow } from '../services/reach/sql.ts';

interface RangeKey {
  clientId: string;
  accountId: string;
  range: DayRange;
}

/** What asks for the parts of a campaign. */
export interface PartsKey extends RangeKey {
  kind: BreakdownKind;
  externalId: string;
  first: number;
}

export interface DaysKey extends RangeKey {
  kind: BreakdownKind;
}

export interface MissingDaysKey {
  clientId: string;
  accounts: readonly AdAccount[];
  kind: BreakdownKind;
  range: DayRange;
  first: number;
}

export interface CampaignReachKey extends RangeKey {
  externalId: string;
}

/** One request's loaders of breakdowns and reach: what is asked for in one tick becomes one statement. */
export interface BreakdownLoaders {
  campaignParts: DataLoader<PartsKey, PartRow[], string>;
  breakdownDays: DataLoader<DaysKey, number, string>;
  missingBreakdownDays: DataLoader<MissingDaysKey, MissingDay[], string>;
  campaignReach: DataLoader<CampaignReachKey, ReachOfWindow | null, string>;
}

export function createBreakdownLoaders(ctx: Context): BreakdownLoaders {
  return {
    campaignParts: partsLoader(ctx),
    breakdownDays: daysLoader(ctx),
    missingBreakdownDays: new DataLoader<MissingDaysKey, MissingDay[], string>(
      (keys) =>
        Promise.all(
          keys.map((key) =>
            readMissingDays(ctx, { ...key, accountIds: key.accounts.map(({ id }) => id) }, key.first),
          ),
        ),
      { cacheKeyFn: ({ accounts, ...key }) => JSON.stringify([key, accounts.map(({ id }) => id)]) },
    ),
    campaignReach: reachLoader(ctx),
  };
}

function partsLoader(ctx: Context): BreakdownLoaders['campaignParts'] {
  return grouped<PartsKey, PartRow, PartRow[]>({
    groupOf: ({ clientId, range, kind, first }) => JSON.stringify([clientId, range, kind, first]),
    keyOf: ({ accountId, externalId }) => `${accountId} ${externalId}`,
    read: ({ clientId, range, kind, first }, keys) => {
      const accountIds = [...new Set(keys.map((key) => key.accountId))];
      const campaigns = [...new Set(keys.map((key) => key.externalId))];
      return readCampaignParts(ctx, { clientId, accountIds, kind, range, first }, campaigns);
    },
    nameOf: (row) => `${String(row.account_id)} ${String(row.campaign_external_id)}`,
    answer: (rows) => rows,
  });
}

function daysLoader(ctx: Context): BreakdownLoaders['breakdownDays'] {
  return grouped<DaysKey, [string, number], number>({
    groupOf: ({ clientId, range, kind }) => JSON.stringify([clientId, range, kind]),
    keyOf: (key) => key.accountId,
    read: async ({ clientId, range, kind }, keys) => {
      const accountIds = keys.map((key) => key.accountId);
      return [...(await readDaysPresent(ctx, { clientId, accountIds, kind, range }))];
    },
    nameOf: ([accountId]) => accountId,
    answer: (rows) => rows[0]?.[1] ?? 0,
  });
}

function reachLoader(ctx: Context): BreakdownLoaders['campaignReach'] {
  return grouped<CampaignReachKey, ReachOfWindow, ReachOfWindow | null>({
    groupOf: ({ clientId, range }) => JSON.stringify([clientId, range]),
    keyOf: ({ accountId, externalId }) => `${accountId} ${externalId}`,
    read: ({ clientId, range }, campaigns) => readCampaignReach(ctx, { clientId, range, campaigns }),
    nameOf: (row) => `${row.account_id} ${String(row.campaign_external_id)}`,
    answer: (rows) => rows[0] ?? null,
  });
}

interface Grouping<Key, Row, Answer> {
  /** Keys of the same group are read together. */
  groupOf: (key: Key) => string;
  /** Tells the keys of a group apart, as `nameOf` does their rows. */
  keyOf: (key: Key) => string;
  read: (first: Key, group: readonly Key[]) => Promise<Row[]>;
  nameOf: (row: Row) => string;
  answer: (rows: Row[]) => Answer;
}

function grouped<Key, Row, Answer>(grouping: Grouping<Key, Row, Answer>): DataLoader<Key, Answer, string> {
  const { groupOf, keyOf, read, nameOf, answer } = grouping;
  const cacheKeyFn = (key: Key) => `${groupOf(key)} ${keyOf(key)}`;
  const batch = async (keys: readonly Key[]) => {
    const groups = new Map<string, Key[]>();
    for (const key of keys) groups.set(groupOf(key), [...(groups.get(groupOf(key)) ?? []), key]);
    const found = new Map<string, Row[]>();
    const readGroup = async ([name, group]: [string, Key[]]) => {
      const [first] = group;
      if (first === undefined) return;
      for (const row of await read(first, group)) {
        const at = `${name} ${nameOf(row)}`;
        found.set(at, [...(found.get(at) ?? []), row]);
      }
    };
    await Promise.all([...groups].map(readGroup));
    return keys.map((key) => answer(found.get(cacheKeyFn(key)) ?? []));
  };
  return new DataLoader<Key, Answer, string>(batch, { cacheKeyFn });
}
