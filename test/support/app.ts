import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { GraphQLClient } from 'graphql-request';
import { startSandbox } from '../../sandbox/index.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/index.ts';
import type { App } from '../../src/app.ts';
import { startApp } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { asSystem } from '../../src/context.ts';
import type { Context } from '../../src/context.ts';
import { JOBS } from '../../src/jobs/index.ts';
import { startRunner } from '../../src/jobs/runner.ts';
import { newKey } from '../../src/lib/keyFile.ts';
import { createLog } from '../../src/lib/log.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { Limits } from '../../src/server/limits.ts';
import { createTestDatabase } from './database.ts';

export interface TestApp {
  app: App;
  /** Acts as the system, for arranging. */
  system: Context;
  sandbox: Sandbox;
  adminKey: string;
  graphqlUrl: string;
  /** A GraphQL client with this key, the admin's unless given; null sends none. */
  client(key?: string | null): GraphQLClient;
  /** Statements of requests since the last call; the job queue's own are left out. */
  takeQueries(): string[];
  /** What was logged so far. */
  logged(): string;
  stop(): Promise<void>;
}

export interface TestAppOptions {
  sandbox?: SandboxOptions;
  /** Perform tasks in this process; true unless said otherwise. */
  jobs?: boolean;
  /** Settings of the environment. */
  config?: Partial<Config>;
  /** Instead of the usual limits of requests; a test may ask as often as it likes unless it says otherwise. */
  limits?: Partial<Limits>;
}

const PLENTY = { perMinute: 1_000_000, anonymousPerMinute: 1_000_000 };

/** What the worker asks on its own time, in whatever moment that is, and the frame of statements behind the walls. */
const QUEUE_STATEMENT = /graphile_worker|pg_advisory|\/\* (jobs|runs|wall)\./;

/**
 * The whole process on a database and a sandbox of its own: real HTTP, real jobs. Only the scheduler stays away,
 * so that no fire of the clock mixes into a test.
 */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const database = await createTestDatabase();
  const sandbox = await startSandbox(options.sandbox);
  const adminKey = `test-admin-${randomBytes(16).toString('hex')}`;
  const queries: string[] = [];
  const { sink, text } = recorder();
  const app = await startApp({
    config: { ...testConfig(database.url, adminKey), ...options.config },
    log: createLog('debug', sink),
    sandbox: sandbox.urls,
    onQuery: (query) => queries.push(query),
    limits: { ...PLENTY, ...options.limits },
  });
  const system = asSystem(app.ctx, 'test');
  const runner = options.jobs === false ? null : await startRunner(system, { jobs: JOBS, concurrency: 4 });
  const graphqlUrl = `${app.http.url}/graphql`;
  return {
    app,
    system,
    sandbox,
    adminKey,
    graphqlUrl,
    client: (key = adminKey) =>
      new GraphQLClient(graphqlUrl, { headers: key === null ? {} : { authorization: `Bearer ${key}` } }),
    takeQueries: () => queries.splice(0).filter((query) => !QUEUE_STATEMENT.test(query)),
    logged: text,
    stop: async () => {
      await runner?.stop();
      await app.stop();
      await sandbox.close();
      await database.drop();
    },
  };
}

/** As the environment would give it; the role leaves jobs to the test. */
function testConfig(databaseUrl: string, adminKey: string): Config {
  return {
    databaseUrl,
    dataDir: 'unused',
    host: '127.0.0.1',
    port: 0,
    role: 'api',
    sandbox: true,
    adminKey: new Secret(adminKey),
    secretKeys: [newKey('test')],
    meta: {
      graphUrl: 'http://127.0.0.1:1',
      dialogUrl: 'http://127.0.0.1:1',
      appId: '1234567890',
      appSecret: new Secret('sandbox-app-secret'),
    },
    google: { clientId: 'sandbox-client', clientSecret: new Secret('sandbox-client-secret') },
    publicUrl: null,
    allowSpendingTokens: false,
    agencyTokens: new Map(),
    allowedOrigins: [],
    rateLimit: 600,
    logLevel: 'debug',
    production: false,
    metricsToken: null,
    errorHook: null,
    mail: { smtpUrl: null, from: null, reportTo: [] },
  };
}

function recorder(): { sink: PassThrough; text: () => string } {
  const chunks: string[] = [];
  const sink = new PassThrough();
  sink.on('data', (chunk: Buffer) => chunks.push(chunk.toString('utf8')));
  return { sink, text: () => chunks.join('') };
}
