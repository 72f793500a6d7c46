import { graphql } from '../generated/graphql/gql.ts';

export const Create = graphql(`
  mutation ProcessesClient($name: String!) {
    createClient(input: { name: $name, timezone: "UTC", currency: "USD" }) {
      client {
        id
      }
    }
  }
`);
export const Connect = graphql(`
  mutation ProcessesAccount($input: ConnectAccountInput!) {
    connectAccount(input: $input) {
      id
    }
  }
`);
export const Sync = graphql(`
  mutation ProcessesSync($input: TriggerSyncInput!, $key: String) {
    triggerSync(input: $input, idempotencyKey: $key) {
      id
    }
  }
`);
export const Cancel = graphql(`
  mutation ProcessesCancel($id: ID!) {
    cancelRun(runId: $id) {
      status
    }
  }
`);
export const Run = graphql(`
  query ProcessesRun($id: ID!) {
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
export const Totals = graphql(`
  query ProcessesTotals($clientId: ID!, $range: DateRange!) {
    totals(clientId: $clientId, range: $range) {
      spend {
        amount
      }
      impressions
      clicks
      conversions
      coverage {
        complete
        presentSlices
      }
    }
  }
`);
export const NewKey = graphql(`
  mutation ProcessesKey($input: ApiKeyInput!) {
    createApiKey(input: $input) {
      secret
      apiKey {
        id
      }
    }
  }
`);
export const RevokeKey = graphql(`
  mutation ProcessesRevoke($id: ID!) {
    revokeApiKey(id: $id)
  }
`);
