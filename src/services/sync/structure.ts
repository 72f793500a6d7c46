import type { AccountAccess, AdPlatform, InsightRow, Structure } from '../../connectors/ads/contract.ts';
import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import type { TaskPages } from './pages/keep.ts';
import {
  addAds,
  addAdSets,
  addCampaigns,
  adIds,
  adSetIds,
  campaignIds,
  saveAds,
  saveAdSets,
  saveCampaigns,
  STUB_STATUS,
} from './sql.ts';

/** Whose structure it is. */
export interface Owner {
  clientId: string;
  accountId: string;
}

const ROWS_PER_STATEMENT = 5_000;

/**
 * Reads the account's structure and stores it page by page, from where an earlier try of the task got; a structure that
 * was read whole is not read again.
 */
export async function readStructure(
  ctx: Context,
  input: { platform: AdPlatform; access: AccountAccess; owner: Owner; pages: TaskPages },
): Promise<void> {
  const { platform, access, owner, pages } = input;
  if (pages.structureNext === null) return;
  for await (const page of platform.readStructure(access, pages.structureNext)) {
    await pages.keepStructure(page.next, ctx.now(), (sql) => saveStructure(sql, owner, page));
  }
}

/**
 * Stores an account's campaigns, ad sets and ads as the platform lists them now. What it no longer lists stays:
 * insights still speak of it. Rows that agree are left untouched.
 */
export async function saveStructure(sql: Sql, owner: Owner, structure: Structure): Promise<void> {
  for (const rows of chunks(structure.campaigns))
    await saveCampaigns.run(sql, ...campaignColumns(owner, rows));
  for (const rows of chunks(structure.adSets)) await saveAdSets.run(sql, ...adSetColumns(owner, rows));
  for (const rows of chunks(structure.ads)) await saveAds.run(sql, ...adColumns(owner, rows));
}

/** Stores what insights name and the account's structure does not list, so that every figure has a name. */
export async function saveStubs(sql: Sql, owner: Owner, stubs: Structure): Promise<void> {
  for (const rows of chunks(stubs.campaigns)) await addCampaigns.run(sql, ...campaignColumns(owner, rows));
  for (const rows of chunks(stubs.adSets)) await addAdSets.run(sql, ...adSetColumns(owner, rows));
  for (const rows of chunks(stubs.ads)) await addAds.run(sql, ...adColumns(owner, rows));
}

/** Collects, over a task, the objects that insights name beyond those that are stored already. */
export class StubFinder {
  readonly #known: Record<keyof Structure, Set<string>>;
  #found: Structure = { campaigns: [], adSets: [], ads: [] };

  private constructor(known: Record<keyof Structure, Set<string>>) {
    this.#known = known;
  }

  /** Knows what is stored of the account. */
  static async load(sql: Sql, { clientId, accountId }: Owner): Promise<StubFinder> {
    const idsOf = async (ids: typeof campaignIds) =>
      new Set((await ids.all(sql, clientId, accountId)).map((row) => row.external_id));
    return new StubFinder({
      campaigns: await idsOf(campaignIds),
      adSets: await idsOf(adSetIds),
      ads: await idsOf(adIds),
    });
  }

  see(row: InsightRow): void {
    const { campaignExternalId, adSetExternalId, adExternalId } = row;
    if (this.#isNew('campaigns', campaignExternalId)) {
      const name = storable(row.campaignName ?? campaignExternalId);
      this.#found.campaigns.push({
        externalId: campaignExternalId,
        name,
        status: STUB_STATUS,
        objective: null,
      });
    }
    if (row.level !== 'AD' || adSetExternalId === null || adExternalId === null) return;
    if (this.#isNew('adSets', adSetExternalId)) {
      const name = storable(row.adSetName ?? adSetExternalId);
      this.#found.adSets.push({ externalId: adSetExternalId, campaignExternalId, name, status: STUB_STATUS });
    }
    if (this.#isNew('ads', adExternalId)) {
      const name = storable(row.adName ?? adExternalId);
      const parents = { adSetExternalId, campaignExternalId };
      this.#found.ads.push({ externalId: adExternalId, ...parents, name, status: STUB_STATUS });
    }
  }

  /** What was found since the last call. */
  take(): Structure {
    const found = this.#found;
    this.#found = { campaigns: [], adSets: [], ads: [] };
    return found;
  }

  #isNew(kind: keyof Structure, externalId: string): boolean {
    if (this.#known[kind].has(externalId)) return false;
    this.#known[kind].add(externalId);
    return true;
  }
}

type Columns = [string, string, ...(string | null)[][]];

function campaignColumns(owner: Owner, rows: Structure['campaigns']): Columns {
  return columns(owner, rows, ['externalId', 'name', 'status', 'objective']);
}

function adSetColumns(owner: Owner, rows: Structure['adSets']): Columns {
  return columns(owner, rows, ['externalId', 'name', 'status', 'campaignExternalId']);
}

function adColumns(owner: Owner, rows: Structure['ads']): Columns {
  return columns(owner, rows, ['externalId', 'name', 'status', 'adSetExternalId', 'campaignExternalId']);
}

function columns<Field extends string>(
  owner: Owner,
  rows: readonly Readonly<Record<Field, string | null>>[],
  fields: readonly Field[],
): Columns {
  const { clientId, accountId } = owner;
  return [clientId, accountId, ...fields.map((field) => rows.map((row) => storableOrNull(row[field])))];
}

/** Slices of a list in which every id stands once (the last one wins): one statement may not touch a row twice. */
function* chunks<Row extends { externalId: string }>(rows: readonly Row[]): Generator<Row[]> {
  const unique = [...new Map(rows.map((row) => [row.externalId, row])).values()];
  for (let at = 0; at < unique.length; at += ROWS_PER_STATEMENT)
    yield unique.slice(at, at + ROWS_PER_STATEMENT);
}

/** PostgreSQL's text cannot hold NUL; a name with one is still a name. */
function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
}

function storableOrNull(text: string | null): string | null {
  return text === null ? null : storable(text);
}
