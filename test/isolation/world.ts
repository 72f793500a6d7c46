import { randomUUID } from 'node:crypto';
import { inTransaction } from '../../src/context.ts';
import type { Actor } from '../../src/context.ts';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { connectAccount } from '../../src/services/accounts/connect.ts';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import { triggerBreakdowns } from '../../src/services/breakdowns/trigger.ts';
import { createClient } from '../../src/services/clients/create.ts';
import { captureMonth } from '../../src/services/months/capture.ts';
import { triggerSync } from '../../src/services/sync/trigger.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { waitFor } from '../support/waitFor.ts';

export const RANGE = { from: '2026-10-01', to: '2026-10-04' };

/** Both competitors hold the same account of the platform: nothing but their own ids tells their rows apart. */
const SHARED_ACCOUNT = 'act_4000000001';

/** One of the two clients, with an id of every node type that is its own, and a viewer's key. */
export interface Competitor {
  clientId: string;
  slug: string;
  /** GraphQL type name → uuid. */
  nodes: Record<NodeType, string>;
  /** Every uuid that belongs to this client, whatever the table. */
  uuids: string[];
  viewer: Extract<Actor, { kind: 'API_KEY' }>;
  viewerKey: string;
}

/** What a node of each type of the schema is in the database; a type that is missing here fails the suite. */
export const NODE_TABLES = {
  Client: 'clients',
  AdAccount: 'ad_accounts',
  Campaign: 'ad_campaigns',
  AdSet: 'ad_sets',
  Ad: 'ads',
  SyncRun: 'runs',
  Month: 'months',
} as const;
export type NodeType = keyof typeof NODE_TABLES;

/** Nodes that belong to no client: only an admin gets them, and no competitor has one. */
export const ADMIN_NODES = ['Mail', 'Schedule'];

export interface Competition {
  test: TestApp;
  a: Competitor;
  b: Competitor;
}

/** A process with two competitors in it, both synced. */
export async function startCompetition(): Promise<Competition> {
  const test = await startTestApp({
    sandbox: {
      accounts: [{ externalId: SHARED_ACCOUNT, campaigns: 3, adSetsPerCampaign: 2, adsPerAdSet: 2 }],
    },
  });
  return { test, a: await competitor(test, 'Alpha'), b: await competitor(test, 'Beta') };
}

async function competitor(test: TestApp, name: string): Promise<Competitor> {
  const { system } = test;
  const { id: clientId, slug } = await createClient(system, { name, timezone: 'UTC', currency: 'USD' });
  await connectAccount(system, {
    clientId,
    platform: 'META',
    externalId: SHARED_ACCOUNT,
    token: 'sandbox-1',
  });
  for (const trigger of [triggerSync, triggerBreakdowns]) {
    const { runId } = await trigger(system, { clientId, range: RANGE });
    await waitFor(
      async () => (await system.db.prisma.run.findFirst({ where: { id: runId } }))?.status === 'SUCCEEDED',
      { within: 20_000, what: `${trigger.name} of ${name}` },
    );
  }
  await restate(test, clientId);
  const books = { clientId, platform: 'META', month: '2026-10', runId: null, force: false };
  await inTransaction(system, (sql) => captureMonth(system, sql, books));
  const { apiKey, secret } = await createApiKey(system, { name, role: 'VIEWER', clientIds: [clientId] });
  return {
    clientId,
    slug,
    nodes: await firstOfEach(test, clientId),
    uuids: await allUuids(test, clientId),
    viewer: { kind: 'API_KEY', id: apiKey.id, name, role: 'VIEWER', clientIds: [clientId] },
    viewerKey: secret.reveal(),
  };
}

/** A change of every campaign of the client, made by its sync: both have the same ids of the platform in it. */
async function restate(test: TestApp, clientId: string): Promise<void> {
  await test.system.db.pool.query(
    `INSERT INTO insight_revisions (client_id, account_id, date, campaign_external_id, metric, currency, old, new, run_id, at)
     SELECT client_id, account_id, $2, external_id, 'clicks', 'USD', 1, 2,
            (SELECT id FROM runs WHERE client_id = $1 AND kind = 'ADS_SYNC' LIMIT 1), now()
     FROM ad_campaigns WHERE client_id = $1`,
    [clientId, RANGE.from],
  );
}

async function firstOfEach(test: TestApp, clientId: string): Promise<Record<NodeType, string>> {
  const found = await Promise.all(
    Object.entries(NODE_TABLES).map(async ([type, table]) => {
      const owner = table === 'clients' ? 'id' : 'client_id';
      const { rows } = await test.system.db.pool.query<{ id: string }>(
        `SELECT id FROM ${table} WHERE ${owner} = $1 ORDER BY id LIMIT 1`,
        [clientId],
      );
      return [type, rows[0]?.id ?? ''];
    }),
  );
  return Object.fromEntries(found) as Record<NodeType, string>;
}

async function allUuids(test: TestApp, clientId: string): Promise<string[]> {
  const tables = Object.values(NODE_TABLES).filter((table) => table !== 'clients');
  const selects = [...tables, 'run_tasks'].map((table) => `SELECT id FROM ${table} WHERE client_id = $1`);
  const { rows } = await test.system.db.pool.query<{ id: string }>(selects.join(' UNION '), [clientId]);
  return [clientId, ...rows.map((row) => row.id)];
}

/** The ids of a client in every form an answer could hold them. */
export function traces(competitor: Competitor): string[] {
  const encoded = Object.entries(competitor.nodes).map(([type, id]) => encodeNodeId(type, id));
  return [...competitor.uuids, ...encoded, competitor.slug];
}

/** What of this client stands in an answer. */
export function leaksIn(answer: string, competitor: Competitor): string[] {
  return traces(competitor).filter((trace) => answer.includes(trace));
}

/** A node id of this type that never existed. */
export function missingId(type: string): string {
  return encodeNodeId(type, randomUUID());
}
