import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox } from '../../sandbox/index.ts';
import type { Sandbox } from '../../sandbox/index.ts';
import { graphql } from '../generated/graphql/gql.ts';
import { createDataFolder } from '../support/dataFolder.ts';
import type { TestServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { waitFor } from '../support/waitFor.ts';

const RANGE = { from: '2026-09-01', to: '2026-10-31' };
const ACCOUNT = 'act_3000000001';

const Create = graphql(`
  mutation KillClient($name: String!) {
    createClient(input: { name: $name, timezone: "UTC", currency: "USD" }) {
      client {
        id
      }
    }
  }
`);
const Connect = graphql(`
  mutation KillAccount($input: ConnectAccountInput!) {
    connectAccount(input: $input) {
      id
    }
  }
`);
const Sync = graphql(`
  mutation KillSync($input: TriggerSyncInput!) {
    triggerSync(input: $input) {
      id
    }
  }
`);
const Run = graphql(`
  query KillRun($id: ID!) {
    syncRun(id: $id) {
      status
      recordsSynced
      tasksDone
      error {
        reason
      }
    }
  }
`);
const Totals = graphql(`
  query KillTotals($clientId: ID!, $range: DateRange!) {
    totals(clientId: $clientId, range: $range) {
      spend {
        amount
      }
      impressions
      clicks
      conversions
      goals {
        name
        count
        value {
          amount
        }
      }
      coverage {
        complete
        presentSlices
      }
    }
    campaigns(clientId: $clientId, range: $range, first: 100) {
      nodes {
        externalId
        totals(range: $range) {
          spend {
            amount
          }
          impressions
          conversions
        }
      }
    }
  }
`);

let sandbox: Sandbox;
let folder: Awaited<ReturnType<typeof createDataFolder>>;
let server: TestServer;

beforeAll(async () => {
  sandbox = await startSandbox({
    accounts: [{ externalId: ACCOUNT, campaigns: 5, adSetsPerCampaign: 2, adsPerAdSet: 5 }],
  });
  folder = await createDataFolder();
  server = await start();
});
afterAll(async () => {
  await server.stop();
  await sandbox.close();
  await folder.remove();
});

function start(): Promise<TestServer> {
  return startServer({
    TRIBUTARY_DATA_DIR: folder.path,
    TRIBUTARY_SANDBOX: 'false',
    META_GRAPH_URL: sandbox.urls.meta,
  });
}

async function connectedClient(name: string): Promise<string> {
  const { createClient } = await server.client.request(Create, { name });
  const clientId = createClient.client.id;
  await server.client.request(Connect, {
    input: { clientId, platform: 'META', externalId: ACCOUNT, token: 'sandbox-1' },
  });
  return clientId;
}

async function ended(runId: string) {
  return waitFor(
    async () => {
      const { syncRun } = await server.client.request(Run, { id: runId });
      return syncRun && !['QUEUED', 'RUNNING'].includes(syncRun.status) ? syncRun : null;
    },
    { within: 60_000, what: 'the run to end' },
  );
}

async function figures(clientId: string) {
  return server.client.request(Totals, { clientId, range: RANGE });
}

describe('kill -9 of the server in the middle of a sync', () => {
  it('goes on after a restart, and the figures are those of a run that nobody disturbed', async () => {
    const undisturbed = await connectedClient('Undisturbed');
    const { triggerSync: first } = await server.client.request(Sync, {
      input: { clientId: undisturbed, range: RANGE },
    });
    const expected = await ended(first.id);
    expect(expected).toMatchObject({ status: 'SUCCEEDED', error: null });

    const disturbed = await connectedClient('Disturbed');
    // Slow enough that there is a middle: a fifth of a second for each page of insights.
    sandbox.meta.faults.add({
      match: { path: /insights/ },
      times: Infinity,
      reply: { kind: 'delay', ms: 200 },
    });
    const { triggerSync: second } = await server.client.request(Sync, {
      input: { clientId: disturbed, range: RANGE },
    });
    for (const kill of ['first', 'second']) {
      const before = (await server.client.request(Run, { id: second.id })).syncRun?.recordsSynced ?? 0;
      await waitFor(
        async () => {
          const { syncRun } = await server.client.request(Run, { id: second.id });
          return syncRun?.status === 'RUNNING' && syncRun.recordsSynced > before;
        },
        { within: 30_000, what: `records before the ${kill} kill` },
      );
      await server.kill();
      server = await start();
    }
    sandbox.meta.faults.clear();

    expect(await ended(second.id)).toEqual(expected);
    expect(await figures(disturbed)).toEqual(await figures(undisturbed));
    expect((await figures(disturbed)).totals).toMatchObject({
      coverage: { complete: true, presentSlices: 61 },
    });
  }, 120_000);
});
