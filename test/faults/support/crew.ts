import { Secret } from '../../../src/lib/secret.ts';
import { createGoogle } from '../../../src/connectors/ads/google/index.ts';
import { createMeta } from '../../../src/connectors/ads/meta/index.ts';
import type { Context } from '../../../src/context.ts';
import { JOBS } from '../../../src/jobs/index.ts';
import { decideRetry } from '../../../src/jobs/judge.ts';
import type { Runner } from '../../../src/jobs/runner.ts';
import { startRunner } from '../../../src/jobs/runner.ts';
import { connectAccount } from '../../../src/services/accounts/connect.ts';
import { createClient } from '../../../src/services/clients/create.ts';
import { triggerSync } from '../../../src/services/sync/trigger.ts';
import type { SandboxOptions } from '../../../sandbox/index.ts';
import type { TestApp } from '../../support/app.ts';
import { startTestApp } from '../../support/app.ts';
import { waitFor } from '../../support/waitFor.ts';

/** As many tries as in earnest, without the pauses between them. */
const QUICK = { tries: 6, baseMs: 1, capMs: 2, random: () => 0.5 };
const PATIENCE = { baseMs: 1, capMs: 5, raceMs: 40, stallMs: 300, totalMs: 2_000, random: () => 0.5 };

/** The product, whose retries do not keep a test waiting; what a platform announces is waited for all the same. */
export interface Crew {
  app: TestApp;
  ctx: Context;
  /** One client with one account. */
  add(platform: 'META' | 'GOOGLE', externalId: string, token: string): Promise<CrewAccount>;
  sync(account: CrewAccount, range: { from: string; to: string }): Promise<string>;
  /** The run and its only task, once it is as `until` wants it. */
  outcome(runId: string, until?: 'ended' | 'waiting'): Promise<CrewOutcome>;
  /** As if the announced pause were over. */
  endPause(account: CrewAccount): Promise<void>;
  stop(): Promise<void>;
}

export interface CrewAccount {
  clientId: string;
  accountId: string;
  platform: 'META' | 'GOOGLE';
  externalId: string;
}

export interface CrewOutcome {
  status: string;
  taskStatus: string;
  errorClass: string | null;
  reason: string | null;
}

export async function startCrew(sandbox: SandboxOptions): Promise<Crew> {
  const app = await startTestApp({ sandbox, jobs: false });
  const ctx = { ...app.system, platforms: quickPlatforms(app) };
  const runner: Runner = await startRunner(ctx, {
    jobs: JOBS,
    concurrency: 6,
    retryDelayMs: (failure, retries, waitedMs) =>
      failure.errorClass === 'RETRY' && retries < 2
        ? 5
        : decideRetry(failure, { now: new Date(), retries, waitedMs, random: 0 }),
  });
  const outcome: Crew['outcome'] = (runId, until = 'ended') =>
    waitFor(
      async () => {
        const found = await readOutcome(ctx, runId);
        if (!found) return null;
        const over = !['QUEUED', 'RUNNING'].includes(found.status);
        const waiting = found.taskStatus === 'QUEUED' && found.errorClass === 'WAIT';
        return (until === 'ended' ? over : waiting || over) ? found : null;
      },
      { within: 60_000, what: `the run to be ${until}` },
    );
  return {
    app,
    ctx,
    outcome,
    async add(platform, externalId, token) {
      const client = await createClient(ctx, {
        name: `${platform} ${externalId}`,
        timezone: 'UTC',
        currency: 'USD',
      });
      const account = await connectAccount(ctx, { clientId: client.id, platform, externalId, token });
      return { clientId: client.id, accountId: account.id, platform, externalId };
    },
    sync: async ({ clientId }, range) => (await triggerSync(ctx, { clientId, range })).runId,
    async endPause({ accountId }) {
      const { pool } = ctx.db;
      await pool.query('UPDATE ad_accounts SET paused_until = NULL WHERE id = $1', [accountId]);
      await ctx.db.staff.queue.query(
        `UPDATE graphile_worker._private_jobs SET run_at = now()
         WHERE payload ->> 'taskId' IN (SELECT id::text FROM public.run_tasks WHERE account_id = $1)`,
        [accountId],
      );
    },
    async stop() {
      await runner.stop();
      await app.stop();
    },
  };
}

function quickPlatforms({ sandbox }: TestApp): Context['platforms'] {
  const now = () => new Date();
  const meta = createMeta({
    graphUrl: sandbox.urls.meta,
    apiVersion: 'v26.0',
    now,
    retries: QUICK,
    patience: PATIENCE,
    timeoutMs: 1_000,
  });
  const google = createGoogle({
    adsUrl: sandbox.urls.google,
    oauthUrl: sandbox.urls.google,
    apiVersion: 'v25',
    clientId: 'sandbox-client',
    clientSecret: new Secret('sandbox-client-secret'),
    developerToken: new Secret('sandbox-developer-token'),
    now,
    retries: QUICK,
    timeoutMs: 1_000,
  });
  return new Map([meta, google].map((platform) => [platform.key, platform]));
}

async function readOutcome(ctx: Context, runId: string): Promise<CrewOutcome | null> {
  const { rows } = await ctx.db.pool.query<CrewOutcome>(
    `SELECT run.status, task.status AS "taskStatus", task.error_class AS "errorClass", task.error_reason AS reason
     FROM runs AS run JOIN run_tasks AS task ON task.run_id = run.id WHERE run.id = $1`,
    [runId],
  );
  return rows[0] ?? null;
}
