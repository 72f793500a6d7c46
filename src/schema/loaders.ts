import DataLoader from 'dataloader';
import type { Context } from '../context.ts';
import type { AdAccount, AdCampaign, Client, Run } from '../generated/prisma/client.ts';
import type { DayRange } from '../lib/days.ts';
import { clientFilter, visibleClients } from '../services/access.ts';
import { readCoverage } from '../services/coverage/read.ts';
import type { AccountCoverage } from '../services/coverage/sql.ts';
import { readChildren } from '../services/structure/children.ts';
import type { ChildRow, ChildTable } from '../services/structure/sql.ts';
import { readCampaignGoals, readCampaignSums } from '../services/totals/read.ts';
import type { CurrencySums, GoalSums } from '../services/totals/sql.ts';

interface RangeKey {
  clientId: string;
  range: DayRange;
}

/** What asks for a campaign's figures. */
export interface CampaignKey extends RangeKey {
  accountId: string;
  externalId: string;
}

export interface AccountKey extends RangeKey {
  accountId: string;
}

/** What asks for a page of a campaign's ad sets or ads. */
export interface ChildrenKey {
  clientId: string;
  accountId: string;
  externalId: string;
  table: ChildTable;
  first: number;
  after: string | null;
}

/** One request's loaders: what is asked for in one tick becomes one statement a client and range. */
export interface Loaders {
  client: DataLoader<string, Client | null>;
  account: DataLoader<string, AdAccount | null>;
  accountsOfClient: DataLoader<string, AdAccount[]>;
  campaign: DataLoader<string, AdCampaign | null>;
  campaignSums: DataLoader<CampaignKey, CurrencySums[], string>;
  campaignGoals: DataLoader<CampaignKey, GoalSums[], string>;
  coverage: DataLoader<AccountKey, AccountCoverage | null, string>;
  children: DataLoader<ChildrenKey, ChildRow[], string>;
  run: DataLoader<string, Run | null>;
  clientsOfRun: DataLoader<string, number>;
}

export function createLoaders(ctx: Context): Loaders {
  const mine = clientFilter(ctx.actor);
  const { prisma } = ctx.db;
  return {
    client: byId((ids) =>
      prisma.client.findMany({ where: { AND: [{ id: { in: ids } }, visibleClients(ctx.actor)] } }),
    ),
    account: byId((ids) => prisma.adAccount.findMany({ where: { id: { in: ids }, ...mine } })),
    campaign: byId((ids) => prisma.adCampaign.findMany({ where: { id: { in: ids }, ...mine } })),
    run: byId((ids) => prisma.run.findMany({ where: { id: { in: ids }, ...mine } })),
    accountsOfClient: new DataLoader(async (clientIds) => {
      const found = await prisma.adAccount.findMany({
        where: { AND: [{ clientId: { in: [...clientIds] } }, mine] },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      });
      return clientIds.map((clientId) => found.filter((account) => account.clientId === clientId));
    }),
    campaignSums: byCampaign((group) => readCampaignSums(ctx, group)),
    campaignGoals: byCampaign((group) => readCampaignGoals(ctx, group)),
    coverage: byAccount(ctx),
    children: childrenLoader(ctx),
    clientsOfRun: new DataLoader(async (runIds) => {
      const pairs = await prisma.runTask.groupBy({
        by: ['runId', 'clientId'],
        where: { runId: { in: [...runIds] }, finishedAt: { not: null }, clientId: { not: null } },
      });
      return runIds.map((runId) => pairs.filter((pair) => pair.runId === runId).length);
    }),
  };
}

function byId<Row extends { id: string }>(
  find: (ids: string[]) => Promise<Row[]>,
): DataLoader<string, Row | null> {
  return new DataLoader(async (ids) => {
    const rows = new Map((await find([...ids])).map((row) => [row.id, row]));
    return ids.map((id) => rows.get(id) ?? null);
  });
}

/** Loads rows for many campaigns, one statement for each client and range among them. */
function byCampaign<Row extends { account_id: string; campaign_external_id: string }>(
  read: (group: { clientId: string; range: DayRange; campaigns: CampaignKey[] }) => Promise<Row[]>,
): DataLoader<CampaignKey, Row[], string> {
  return new DataLoader<CampaignKey, Row[], string>(
    async (keys) => {
      const rows = await inGroups(keys, rangeText, (first, campaigns) => read({ ...first, campaigns }));
      return keys.map((key) =>
        (rows.get(rangeText(key)) ?? []).filter(
          (row) => row.account_id === key.accountId && row.campaign_external_id === key.externalId,
        ),
      );
    },
    { cacheKeyFn: (key) => `${rangeText(key)} ${key.accountId} ${key.externalId}` },
  );
}

function byAccount(ctx: Context): DataLoader<AccountKey, AccountCoverage | null, string> {
  return new DataLoader<AccountKey, AccountCoverage | null, string>(
    async (keys) => {
      const rows = await inGroups(keys, rangeText, ({ clientId, range }, accounts) =>
        readCoverage(ctx, { clientId, range, accountIds: accounts.map((account) => account.accountId) }),
      );
      return keys.map(
        (key) => rows.get(rangeText(key))?.find((row) => row.account_id === key.accountId) ?? null,
      );
    },
    { cacheKeyFn: (key) => `${rangeText(key)} ${key.accountId}` },
  );
}

function childrenLoader(ctx: Context): DataLoader<ChildrenKey, ChildRow[], string> {
  const pageText = ({ clientId, table, first, after }: ChildrenKey) =>
    JSON.stringify([clientId, table, first, after]);
  return new DataLoader<ChildrenKey, ChildRow[], string>(
    async (keys) => {
      const rows = await inGroups(keys, pageText, (first, campaigns) =>
        readChildren(ctx, { ...first, campaigns }),
      );
      return keys.map((key) =>
        (rows.get(pageText(key)) ?? []).filter(
          (row) => row.account_id === key.accountId && row.campaign_external_id === key.externalId,
        ),
      );
    },
    { cacheKeyFn: (key) => `${pageText(key)} ${key.accountId} ${key.externalId}` },
  );
}

/** Reads once for each group of keys with the same text; the answer is keyed by it. */
async function inGroups<Key, Row>(
  keys: readonly Key[],
  textOf: (key: Key) => string,
  read: (first: Key, group: Key[]) => Promise<Row[]>,
): Promise<Map<string, Row[]>> {
  const groups = new Map<string, Key[]>();
  for (const key of keys) groups.set(textOf(key), [...(groups.get(textOf(key)) ?? []), key]);
  const found = await Promise.all(
    [...groups].map(async ([text, group]): Promise<[string, Row[]]> => {
      const first = group[0];
      return [text, first ? await read(first, group) : []];
    }),
  );
  return new Map(found);
}

function rangeText({ clientId, range }: RangeKey): string {
  return `${clientId} ${range.from} ${range.to}`;
}
