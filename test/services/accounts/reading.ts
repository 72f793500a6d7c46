import type { AdPlatform } from '../../../src/connectors/ads/contract.ts';
import { ConnectorError } from '../../../src/connectors/errors.ts';
import type { Context } from '../../../src/context.ts';
import { defineJob } from '../../../src/jobs/define.ts';
import { JOBS, jobOf } from '../../../src/jobs/index.ts';
import { startRunner } from '../../../src/jobs/runner.ts';
import type { Runner } from '../../../src/jobs/runner.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { createPubSub } from '../../../src/pubsub.ts';
import { accountAccess } from '../../../src/services/accounts/access.ts';
import { connectAccount } from '../../../src/services/accounts/connect.ts';
import { finished, start } from '../../jobs/support.ts';
import type { TestApp } from '../../support/app.ts';
import type { Scripted, ScriptedCall } from './scripted.ts';
import { scriptedPlatform } from './scripted.ts';

export const ACCOUNTS = Array.from({ length: 10 }, (_, index) => `act_331000000${String(index)}`);

export const DEAD = new ConnectorError('The password was changed.', {
  failure: 'REAUTHORIZE',
  concerns: 'CREDENTIAL',
});
export const PASSED = { status: 'SUCCEEDED', class: null, reason: null };

const readAccount = defineJob<unknown>({
  ...jobOf('CREDENTIAL_CHECK'),
  kind: 'TEST',
  perform: async (ctx, { accountId, clientId }) => {
    const input = { accountId: accountId ?? '', clientId: clientId ?? '' };
    const { platform, access } = await accountAccess(ctx, input);
    const range = { from: '2026-11-01', to: '2026-11-01' };
    for await (const page of platform.readStructure(access)) void page;
    for await (const page of platform.readInsights(access, range)) void page;
    return { status: 'SUCCEEDED' };
  },
});

interface Settings {
  concurrency?: number;
  agencyToken?: string;
}

interface Ended {
  status: string;
  class: string | null;
  reason: string | null;
}

/** Processes, one after the other, that read accounts with a scripted platform. */
export class Reading {
  readonly #test: TestApp;
  #runner: Runner | null = null;
  system: Context;

  constructor(test: TestApp) {
    this.#test = test;
    this.system = test.system;
  }

  /** A process of its own with this platform. */
  async run({ platform }: { platform: AdPlatform }, settings: Settings = {}): Promise<void> {
    await this.stop();
    const { concurrency = 4, agencyToken } = settings;
    this.system = {
      ...this.#test.system,
      platforms: new Map([['META', platform]]),
      agencyTokens: agencyToken === undefined ? new Map() : new Map([['META', new Secret(agencyToken)]]),
      pubsub: createPubSub(),
    };
    this.#runner = await startRunner(this.system, {
      jobs: new Map([...JOBS, ['TEST', readAccount]]),
      concurrency,
      retryDelayMs: () => null,
    });
  }

  async stop(): Promise<void> {
    await this.#runner?.stop();
    this.#runner = null;
  }

  async addAccounts(clientId: string): Promise<void> {
    for (const externalId of ACCOUNTS) {
      await connectAccount(this.system, { clientId, platform: 'META', externalId });
    }
  }

  /** Reads every account of the client, as a sync does; how its tasks ended. */
  async readAll(clientId: string): Promise<Ended[]> {
    const { db } = this.system;
    const accounts = await db.prisma.adAccount.findMany({
      where: { clientId },
      orderBy: { externalId: 'asc' },
    });
    const tasks = accounts.map(({ id }) => ({
      clientId,
      accountId: id,
      parameters: { name: id },
      serialKey: id,
      priority: 0,
    }));
    const { runId } = await start(this.system, { clientId, tasks });
    await finished(this.#test.system.db.staff, runId, 20_000);
    const { rows } = await db.pool.query<Ended>(
      `SELECT status, error_class AS class, error_reason AS reason FROM run_tasks
       WHERE run_id = $1 ORDER BY position`,
      [runId],
    );
    return rows;
  }

  /** The daily check, of one client or of everybody. */
  async check(clientId: string | null): Promise<void> {
    const asked = {
      parameters: {},
      clientId,
      trigger: 'SCHEDULE' as const,
      scheduleId: null,
      fireAt: new Date(),
    };
    const started = await jobOf('CREDENTIAL_CHECK').start(this.system, asked);
    const run = await finished(this.#test.system.db.staff, started?.runId ?? '', 20_000);
    if (run.status !== 'SUCCEEDED') throw new Error(`the check ended ${run.status}`);
  }
}

/** Its token dies at the n-th call; what went out with it since, the first refusal left out. */
export function dyingAt(calls: number): Scripted & { after: ScriptedCall[] } {
  const after: ScriptedCall[] = [];
  let seen = 0;
  let refused = false;
  const scripted = scriptedPlatform((call) => {
    if (call.what === 'check' || call.what === 'describe') return;
    if (refused) after.push(call);
    seen += 1;
    if (seen < calls) return;
    refused = true;
    throw DEAD;
  });
  return { ...scripted, after };
}
