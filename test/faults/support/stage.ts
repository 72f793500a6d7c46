import { randomBytes } from 'node:crypto';
import type { Sandbox, SandboxOptions } from '../../../sandbox/index.ts';
import { startSandbox } from '../../../sandbox/index.ts';
import { graphql } from '../../generated/graphql/gql.ts';
import type { ConnectAccountInput, TriggerSyncInput } from '../../generated/graphql/graphql.ts';
import { createTestDatabase } from '../../support/database.ts';
import { query } from '../../support/query.ts';
import type { TestServer } from '../../support/server.ts';
import { startServer } from '../../support/server.ts';
import { waitFor } from '../../support/waitFor.ts';

const Create = graphql(`
  mutation FaultsClient($name: String!) {
    createClient(input: { name: $name, timezone: "UTC", currency: "USD" }) {
      client {
        id
      }
    }
  }
`);
const Connect = graphql(`
  mutation FaultsAccount($input: ConnectAccountInput!) {
    connectAccount(input: $input) {
      id
    }
  }
`);
const Sync = graphql(`
  mutation FaultsSync($input: TriggerSyncInput!) {
    triggerSync(input: $input) {
      id
    }
  }
`);
const Run = graphql(`
  query FaultsRun($id: ID!) {
    syncRun(id: $id) {
      status
      recordsSynced
      tasksTotal
      tasksDone
      error {
        reason
      }
    }
  }
`);

/** The built product as a process that can be killed, over a database and a sandbox that stay. */
export interface Stage {
  sandbox: Sandbox;
  databaseUrl: string;
  server(): TestServer;
  /** SIGKILL, and a new process on the same database. */
  killAndRestart(): Promise<void>;
  addClient(name: string, accounts: readonly Omit<ConnectAccountInput, 'clientId'>[]): Promise<AddedClient>;
  sync(input: TriggerSyncInput): Promise<string>;
  run(id: string): Promise<{ status: string; recordsSynced: number } | null>;
  ended(runId: string, within?: number): Promise<{ status: string; recordsSynced: number; error: unknown }>;
  close(): Promise<void>;
}

export interface AddedClient {
  /** For GraphQL. */
  id: string;
  /** For the database. */
  uuid: string;
}

export async function setStage(options: SandboxOptions): Promise<Stage> {
  const sandbox = await startSandbox(options);
  const database = await createTestDatabase();
  await query(database.url, `INSERT INTO settings (key, value) VALUES ('scheduler.paused', 'true')`);
  const env = environment(database.url, sandbox);
  let server = await startServer(env);
  const run: Stage['run'] = async (id) => (await server.client.request(Run, { id })).syncRun ?? null;
  return {
    sandbox,
    databaseUrl: database.url,
    server: () => server,
    async killAndRestart() {
      await server.kill();
      server = await startServer(env);
    },
    async addClient(name, accounts) {
      const { createClient } = await server.client.request(Create, { name });
      const { id } = createClient.client;
      for (const account of accounts) {
        await server.client.request(Connect, { input: { ...account, clientId: id } });
      }
      return { id, uuid: Buffer.from(id, 'base64url').toString('utf8').split(':')[1] ?? '' };
    },
    sync: async (input) => (await server.client.request(Sync, { input })).triggerSync.id,
    run,
    ended: (runId, within = 120_000) =>
      waitFor(
        async () => {
          const { syncRun } = await server.client.request(Run, { id: runId });
          return syncRun && !['QUEUED', 'RUNNING'].includes(syncRun.status)
            ? { ...syncRun, error: syncRun.error ?? null }
            : null;
        },
        { within, what: 'the run to end' },
      ),
    async close() {
      await server.stop();
      await sandbox.close();
      await database.drop();
    },
  };
}

function environment(databaseUrl: string, sandbox: Sandbox): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    TRIBUTARY_ADMIN_KEY: `faults-${randomBytes(16).toString('hex')}`,
    TRIBUTARY_SECRET_KEYS: `test:${randomBytes(32).toString('base64')}`,
    TRIBUTARY_SANDBOX: 'false',
    META_GRAPH_URL: sandbox.urls.meta,
    GOOGLE_ADS_URL: sandbox.urls.google,
    GOOGLE_OAUTH_URL: sandbox.urls.google,
    GOOGLE_CLIENT_ID: 'sandbox-client',
    GOOGLE_CLIENT_SECRET: 'sandbox-client-secret',
    GOOGLE_DEVELOPER_TOKEN: 'sandbox-developer-token',
  };
}
