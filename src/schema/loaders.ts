import DataLoader from 'dataloader';
import type { Context } from '../context.ts';
import type { AdAccount, AdCampaign, Client, Run } from '../generated/prisma/client.ts';
import type { DayRange } from '../lib/days.ts';
import { clientFilter, visibleClients } from '../services/access.ts';
import type { MaturityPoint } from '../services/coverage/maturity/read.ts';
import { readMaturity } from '../services/coverage/maturity/read.ts';
import type { MissingSlice, SlicesInput, Told } from '../services/coverage/read.ts';
import { readCoverage, readDiscrepancies, readMissing, readNotes } from '../services/coverage/read.ts';
import type { AccountCoverage, DiscrepancyRow, NoteRow } from '../services/coverage/sql.ts';
import { readChildren } from '../services/structure/children.ts';
import type { ChildRow, ChildTable } from '../services/structure/sql.ts';
import { newestRuns } from '../services/runs/sql.ts';
import { findLastRuns } from '../services/schedules/sql.ts';
import { readCampaignGoals, readCampaignSums } from '../services/totals/read.ts';
import type { CurrencySums, GoalSums } from '../services/totals/sql.ts';
import type { BreakdownLoaders } from './breakdownLoaders.ts';
import { createBreakdownLoaders } from './breakdownLoaders.ts';
import type { MonthLoaders } from './monthLoaders.ts';
import { createMonthLoaders } from './monthLoaders.ts';

interface RangeKey {
  clientId: string;
  range: DayRange;
  /** The figures as they were at this moment; null = as they are. */
  asOf: Date | null;
}

/** A campaign as the platform names it. */
export interface CampaignName {
  clientId: string;
  accountId: string;
  externalId: string;
}

/** What asks for a campaign's figures. */
export interface CampaignKey extends RangeKey, CampaignName {}

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
export interface Loaders extends BreakdownLoaders, MonthLoaders {
  client: DataLoader<string, Client | null>;
  account: DataLoader<string, AdAccount | null>;
  accountsOfClient: DataLoader<string, AdAccount[]>;
  campaign: DataLoader<string, AdCampaign | null>;
  campaignNamed: DataLoader<CampaignName, AdCampaign | null, string>;
  campaignSums: DataLoader<CampaignKey, CurrencySums[], string>;
  campaignGoals: DataLoader<CampaignKey, GoalSums[], string>;
  coverage: DataLoader<AccountKey, AccountCoverage | null, string>;
  missing: DataLoader<SlicesInput, MissingSlice[], string>;
  discrepancies: DataLoader<SlicesInput, Told<DiscrepancyRow>[], string>;
  notes: DataLoader<SlicesInput, Told<NoteRow>[], string>;
  maturity: DataLoader<{ clientId: string; accountId: string }, MaturityPoint[], string>;
  children: DataLoader<ChildrenKey, ChildRow[], string>;
  run: DataLoader<string, Run | null>;
  /** A client's newest run of GOALS. */
  goalsRun: DataLoader<string, Run | null>;
  clientsOfRun: DataLoader<string, number>;
  /** The id of the run that a schedule's newest moment started. */
  lastRunOfSchedule: DataLoader<string, string | null>;
}

export function createLoaders(ctx: Context): Loaders {
  const mine = clientFilter(ctx.actor);
  const { prisma } = ctx.db;
  return {
    ...createBreakdownLoaders(ctx),
    ...createMonthLoaders(ctx),
    client: byId((ids) =>
      prisma.client.findMany({ where: { AND: [{ id: { in: ids } }, visibleClients(ctx.actor)] } }),
    ),
    account: byId((ids) => prisma.adAccount.findMany({ where: { id: { in: ids }, ...mine } })),
    campaign: byId((ids) => prisma.adCampaign.findMany({ where: { id: { in: ids }, ...mine } })),
    run: byId((ids) => prisma.run.findMany({ where: { id: { in: ids }, ...mine } })),
    goalsRun: new DataLoader(async (clientIds) => {
      const newest = await newestRuns.all(ctx.db.pool, 'GOALS', clientIds);
      const runs = await prisma.run.findMany({ where: { id: { in: newest.map((run) => run.id) }, ...mine } });
      return clientIds.map((clientId) => runs.find((run) => run.clientId === clientId) ?? null);
    }),
    accountsOfClient: new DataLoader(async (clientIds) => {
      const found = await prisma.adAccount.findMany({
        where: { AND: [{ clientId: { in: [...clientIds] } }, mine] },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      });
      return clientIds.map((clientId) => found.filter((account) => account.clientId === clientId));
    }),
    campaignSums: byCampaign((group) => readCampaignSums(ctx, group)),
    campaignGoals: byCampaign((group) => readCampaignGoals(ctx, group)),
    campaignNamed: campaignNames(ctx),
    coverage: byAccount(ctx),
    missing: bySlices((input) => readMissing(ctx, input)),
    discrepancies: bySlices((input) => readDiscrepancies(ctx, input)),
    notes: bySlices((input) => readNotes(ctx, input)),
    maturity: maturityCurves(ctx),
    children: childrenLoader(ctx),
    lastRunOfSchedule: new DataLoader(async (ids) => {
      const found = await findLastRuns.all(ctx.db.pool, ids);
      const runs = new Map(found.map((row) => [row.schedule_id, row.run_id]));
      return ids.map((id) => runs.get(id) ?? null);
    }),
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
  read: (group: RangeKey & { campaigns: CampaignKey[] }) => Promise<Row[]>,
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
      const rows = await inGroups(keys, rangeText, ({ clientId, range, asOf }, accounts) =>
        readCoverage(ctx, {
          clientId,
          range,
          asOf,
          accountIds: accounts.map((account) => account.accountId),
        }),
      );
      return keys.map(
        (key) => rows.get(rangeText(key))?.find((row) => row.account_id === key.accountId) ?? null,
      );
    },
    { cacheKeyFn: (key) => `${rangeText(key)} ${key.accountId}` },
  );
}

/** Campaigns of many accounts by the platform's ids, in one statement. */
function campaignNames(ctx: Context): Loaders['campaignNamed'] {
  const textOf = ({ clientId, accountId, externalId }: CampaignName) =>
    `${clientId} ${accountId} ${externalId}`;
  return new DataLoader<CampaignName, AdCampaign | null, string>(
    async (keys) => {
      const among = <Field extends keyof CampaignName>(field: Field) => ({
        in: [...new Set(keys.map((key) => key[field]))],
      });
      const asked = {
        clientId: among('clientId'),
        accountId: among('accountId'),
        externalId: among('externalId'),
      };
      const found = await ctx.db.prisma.adCampaign.findMany({
        where: { AND: [asked, clientFilter(ctx.actor)] },
      });
      const campaigns = new Map(found.map((campaign) => [textOf(campaign), campaign]));
      return keys.map((key) => campaigns.get(textOf(key)) ?? null);
    },
    { cacheKeyFn: textOf },
  );
}

/** Lists of slices: whoever asks for the same accounts and days gets the same list, read once. */
function bySlices<Row>(read: (input: SlicesInput) => Promise<Row[]>): DataLoader<SlicesInput, Row[], string> {
  return new DataLoader<SlicesInput, Row[], string>((inputs) => Promise.all(inputs.map(read)), {
    cacheKeyFn: (input) =>
      `${rangeText(input)} ${input.first} ${input.accounts.map((account) => account.id).join(' ')}`,
  });
}

function maturityCurves(ctx: Context): Loaders['maturity'] {
  return new DataLoader<{ clientId: string; accountId: string }, MaturityPoint[], string>(
    async (keys) => {
      const points = await inGroups(
        keys,
        (key) => key.clientId,
        ({ clientId }, group) =>
          readMaturity(ctx, { clientId, accountIds: group.map((key) => key.accountId) }),
      );
      return keys.map((key) =>
        (points.get(key.clientId) ?? []).filter((point) => point.accountId === key.accountId),
      );
    },
    { cacheKeyFn: (key) => `${key.clientId} ${key.accountId}` },
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

function rangeText({ clientId, range, asOf }: RangeKey): string {
  return `${clientId} ${range.from} ${range.to} ${asOf?.toISOString() ?? 'now'}`;
}
