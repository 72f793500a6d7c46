import { randomUUID } from 'node:crypto';
import type {
  AccountAccess,
  AccountDay,
  ActionCount,
  AdPlatform,
  GoalDefinition,
  InsightRow,
  Structure,
  UnservedCell,
} from '../../../src/connectors/ads/contract.ts';
import { keptMail } from '../../../src/connectors/mail/kept.ts';
import type { Context } from '../../../src/context.ts';
import { transaction } from '../../../src/db/client.ts';
import type { Database } from '../../../src/db/client.ts';
import type { DayRange } from '../../../src/lib/days.ts';
import { fixedKeyRing } from '../../../src/lib/keyRing.ts';
import { createLog } from '../../../src/lib/log.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { createPubSub } from '../../../src/pubsub.ts';
import { WindowFacts } from '../../../src/services/sync/insights.ts';
import { replaceSlices } from '../../../src/services/sync/replace.ts';
import type { Ask } from './paging.ts';
import { cut, nextOf, pageOf } from './paging.ts';

export const NOW = new Date('2026-11-20T10:00:00Z');
export const GOALS: GoalDefinition[] = [
  { name: 'purchase', actionTypes: ['omni_purchase', 'purchase'] },
  { name: 'lead', actionTypes: ['lead'] },
];

export interface Holder {
  clientId: string;
  accountId: string;
}

/** A client with the goals above. */
export async function addClient(db: Database, settings: { active?: boolean } = {}): Promise<string> {
  const id = randomUUID();
  await db.pool.query(
    `INSERT INTO clients (id, name, slug, timezone, currency, active) VALUES ($1, 'Brand', $2, 'UTC', 'EUR', $3)`,
    [id, `brand-${id}`, settings.active ?? true],
  );
  for (const [position, goal] of GOALS.entries()) {
    await db.pool.query(
      `INSERT INTO goals (client_id, platform, name, position, action_types) VALUES ($1, 'META', $2, $3, $4)`,
      [id, goal.name, position, goal.actionTypes],
    );
  }
  return id;
}

export interface AccountSettings {
  externalId?: string;
  timezone?: string;
  platform?: string;
}

export async function addAccount(
  db: Database,
  clientId: string,
  settings: AccountSettings = {},
): Promise<string> {
  const id = randomUUID();
  await db.pool.query(
    `INSERT INTO ad_accounts (id, client_id, platform, external_id, name, currency, timezone, status)
     VALUES ($1, $2, $3, $4, 'Account', 'EUR', $5, 'ACTIVE')`,
    [
      id,
      clientId,
      settings.platform ?? 'META',
      settings.externalId ?? `act_${id}`,
      settings.timezone ?? 'UTC',
    ],
  );
  return id;
}

export async function addHolder(db: Database, settings: AccountSettings = {}): Promise<Holder> {
  const clientId = await addClient(db);
  return { clientId, accountId: await addAccount(db, clientId, settings) };
}

export function adRow(changes: Partial<InsightRow> = {}): InsightRow {
  return {
    level: 'AD',
    date: '2026-11-20',
    campaignExternalId: 'c1',
    campaignName: 'Campaign one',
    adSetExternalId: 's1',
    adSetName: 'Set one',
    adExternalId: 'a1',
    adName: 'Ad one',
    currency: 'EUR',
    spend: '1.50',
    impressions: '100',
    clicks: '10',
    linkClicks: '5',
    reach: '80',
    actions: {},
    ...changes,
  };
}

export function campaignRow(changes: Partial<InsightRow> = {}): InsightRow {
  const none = { adSetExternalId: null, adSetName: null, adExternalId: null, adName: null };
  return adRow({ level: 'CAMPAIGN', ...none, ...changes });
}

export function action(count: string, value = '0'): ActionCount {
  return { count, value };
}

/** Where every row of a client lies, and which transaction wrote or locked it. */
export const WHEN_WRITTEN = `SELECT 'ad_insights' AS t, ctid::text AS place, xmin::text AS x, xmax::text AS m FROM ad_insights WHERE client_id = $1
  UNION ALL SELECT 'campaign_days', ctid::text, xmin::text, xmax::text FROM campaign_days WHERE client_id = $1
  UNION ALL SELECT 'client_days', ctid::text, xmin::text, xmax::text FROM client_days WHERE client_id = $1 ORDER BY 1, 2`;

export const REVISIONS = `SELECT metric, old::text, new::text, campaign_external_id AS campaign, ad_external_id AS ad
  FROM insight_revisions WHERE client_id = $1 ORDER BY campaign, ad NULLS FIRST, metric`;

const purchases = { omni_purchase: action('2', '30.50'), purchase: action('2', '30.50') };

/** Two ads and a campaign that reports more than both. */
export const WORLD = [
  adRow({ adExternalId: 'a1', actions: purchases }),
  adRow({ adExternalId: 'a2', spend: '2.25' }),
  campaignRow({
    spend: '5',
    impressions: '250',
    clicks: '20',
    linkClicks: '10',
    actions: { ...purchases, lead: action('3') },
  }),
];

export interface ReplaceInput {
  holder: Holder;
  rows: readonly InsightRow[];
  window?: DayRange;
  runId?: string;
  readAt?: Date;
  restatementDays?: number;
  timezone?: string;
}

/** Replaces a window's slices by these rows, in a transaction of its own. */
export function replace(db: Database, input: ReplaceInput): Promise<number> {
  const facts = new WindowFacts(GOALS);
  for (const row of input.rows) facts.add(row);
  const into = {
    ...input.holder,
    platform: 'META',
    timezone: input.timezone ?? 'UTC',
    restatementDays: input.restatementDays ?? 28,
    window: input.window ?? { from: '2026-11-14', to: '2026-11-20' },
    runId: input.runId ?? randomUUID(),
    readAt: input.readAt ?? NOW,
  };
  return transaction(db.pool, (sql) => replaceSlices(sql, into, facts.facts()));
}

/** Rows of a table as plain objects. */
export async function rowsOf(
  db: Database,
  query: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  return (await db.pool.query<Record<string, unknown>>(query, values)).rows;
}

/** A platform that serves what the test put into it. */
export interface ScriptedPlatform extends AdPlatform {
  structure: Structure;
  /** Every window that was read, in order; one that was gone on with comes again. */
  reads: DayRange[];
  /** Every question, in order. */
  asks: Ask[];
  /** Told of a question before it is answered; may throw. */
  onAsk: (ask: Ask) => void | Promise<void>;
  /** What a read of a window yields; it may throw. */
  serve: (
    window: DayRange,
    signal: AbortSignal | undefined,
  ) => Iterable<InsightRow> | Promise<Iterable<InsightRow>>;
  /** How a list is cut into pages of so many; at least one page. */
  pageSizes: (window: DayRange | null) => readonly number[];
  totals: (window: DayRange) => AccountDay[];
  unserved: (window: DayRange) => UnservedCell[];
}

export function scriptedPlatform(): ScriptedPlatform {
  const ask = async (access: AccountAccess, question: Ask) => {
    access.signal?.throwIfAborted();
    platform.asks.push(question);
    await platform.onAsk(question);
  };
  const platform: ScriptedPlatform = {
    key: 'META',
    label: 'Scripted',
    historyMonths: 37,
    defaultGoals: GOALS,
    structure: { campaigns: [], adSets: [], ads: [] },
    reads: [],
    asks: [],
    onAsk: () => undefined,
    serve: () => [],
    pageSizes: () => [],
    totals: () => [],
    unserved: () => [],
    restatementDays: () => Promise.resolve(28),
    checkCredential: () => Promise.resolve({ valid: true, scopes: [], expiresAt: null }),
    describeAccount: () => Promise.reject(new Error('not asked for')),
    breakdowns: [],
    goalTemplates: [],
    listAccounts: () => Promise.resolve({ accounts: [], unusable: [] }),
    async *readStructure(access, from) {
      const { campaigns, adSets, ads } = platform.structure;
      const pages = cut(
        [
          ...campaigns.map((campaign) => ({ campaign })),
          ...adSets.map((adSet) => ({ adSet })),
          ...ads.map((ad) => ({ ad })),
        ],
        platform.pageSizes(null),
      );
      for (let page = pageOf(from); page < pages.length; page++) {
        await ask(access, { what: 'STRUCTURE', window: null, page });
        const listed = pages[page] ?? [];
        yield {
          campaigns: listed.flatMap((one) => ('campaign' in one ? [one.campaign] : [])),
          adSets: listed.flatMap((one) => ('adSet' in one ? [one.adSet] : [])),
          ads: listed.flatMap((one) => ('ad' in one ? [one.ad] : [])),
          next: nextOf(page, pages.length),
        };
      }
    },
    async *readInsights(access, window, from) {
      platform.reads.push(window);
      const first = pageOf(from);
      await ask(access, { what: 'INSIGHTS', window, page: first });
      const pages = cut([...(await platform.serve(window, access.signal))], platform.pageSizes(window));
      for (let page = first; page < pages.length; page++) {
        if (page > first) await ask(access, { what: 'INSIGHTS', window, page });
        const isLast = page === pages.length - 1;
        const unserved = isLast ? platform.unserved(window) : [];
        yield { rows: pages[page] ?? [], rejected: [], unserved, next: nextOf(page, pages.length) };
      }
    },
    async readAccountDays(access, window) {
      await ask(access, { what: 'TOTALS', window, page: 0 });
      return platform.totals(window);
    },
    readBreakdowns: () => {
      throw new Error('not asked for');
    },
    readReach: () => Promise.resolve(null),
  };
  return platform;
}

export function contextOf(db: Database, platform: AdPlatform = scriptedPlatform()): Context {
  return {
    db,
    now: () => NOW,
    log: createLog('silent'),
    actor: { kind: 'SYSTEM', name: 'test' },
    origin: null,
    platforms: new Map([[platform.key, platform]]),
    oauthPlatforms: new Map(),
    publicUrl: () => 'http://127.0.0.1',
    allowSpendingTokens: false,
    secretKeys: fixedKeyRing([]),
    agencyTokens: new Map([[platform.key, new Secret('sandbox-token')]]),
    pubsub: createPubSub(),
    jobs: { enqueueTasks: () => Promise.resolve() },
    mail: keptMail(),
    reportTo: [],
    jobCatalogue: new Map(),
  };
}
