import { encodeNodeId } from '../../src/schema/ids.ts';
import { connectAccount } from '../../src/services/accounts/connect.ts';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import { triggerBreakdowns } from '../../src/services/breakdowns/trigger.ts';
import { createClient } from '../../src/services/clients/create.ts';
import { triggerSync } from '../../src/services/sync/trigger.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { waitFor } from '../support/waitFor.ts';

export const ACCOUNT = 'act_5000000001';
export const CAMPAIGNS = 30;
export const DAYS = ['2026-10-01', '2026-10-02', '2026-10-03'];
export const RANGE = { from: '2026-10-01', to: '2026-10-03' };

export interface BreakdownScene {
  test: TestApp;
  uuid: string;
  clientId: string;
  /** Keys of a viewer of the client, and of a viewer of another one. */
  viewer: string;
  stranger: string;
}

/** A process with one client whose days above are synced and broken down, read from the Meta sandbox. */
export async function startBreakdowns(): Promise<BreakdownScene> {
  const test = await startTestApp({
    sandbox: {
      accounts: [{ externalId: ACCOUNT, campaigns: CAMPAIGNS, adSetsPerCampaign: 1, adsPerAdSet: 2 }],
    },
  });
  const { system } = test;
  const { id: uuid } = await createClient(system, { name: 'Parts', timezone: 'UTC', currency: 'USD' });
  await connectAccount(system, {
    clientId: uuid,
    platform: 'META',
    externalId: ACCOUNT,
    token: 'sandbox-1',
  });
  for (const trigger of [triggerSync, triggerBreakdowns]) {
    const { runId } = await trigger(system, { clientId: uuid, range: RANGE });
    await succeeded(test, runId);
  }
  const other = await createClient(system, { name: 'Other', timezone: 'UTC', currency: 'USD' });
  const keyFor = async (id: string) =>
    (await createApiKey(system, { name: 'viewer', role: 'VIEWER', clientIds: [id] })).secret.reveal();
  const [viewer, stranger] = [await keyFor(uuid), await keyFor(other.id)];
  return { test, uuid, clientId: encodeNodeId('Client', uuid), viewer, stranger };
}

async function succeeded({ system }: TestApp, runId: string): Promise<void> {
  await waitFor(
    async () => (await system.db.prisma.run.findFirst({ where: { id: runId } }))?.status === 'SUCCEEDED',
    { within: 30_000, what: 'the run to succeed' },
  );
}

/** Money as whole cents, so that sums are exact. */
export function cents(amount: unknown): number {
  return Math.round(Number(amount) * 100);
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
