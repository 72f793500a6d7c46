import type { Config } from './config.ts';
import { createOAuthPlatforms, createPlatforms } from './connectors/ads/index.ts';
import type { MailConnector } from './connectors/mail/contract.ts';
import { keptMail } from './connectors/mail/kept.ts';
import { smtpMail } from './connectors/mail/smtp.ts';
import type { Actor, Context } from './context.ts';
import { asSystem, inBackground } from './context.ts';
import { openDatabase } from './db/client.ts';
import { attachEmbedded, startEmbedded } from './db/embedded.ts';
import { applyMigrations } from './db/migrate.ts';
import { createReadiness } from './db/ready.ts';
import { AppError } from './errors.ts';
import type { InstallationSecrets } from './installation.ts';
import { installationSecrets } from './installation.ts';
import { JOBS } from './jobs/index.ts';
import { createJobQueue, installQueue } from './jobs/queue.ts';
import { startRunner } from './jobs/runner.ts';
import { createDefaultSchedules, startScheduler } from './jobs/scheduler.ts';
import { systemClock } from './lib/clock.ts';
import { fixedKeyRing } from './lib/keyRing.ts';
import type { Logger } from './lib/log.ts';
import { loadErrorHook, reporting } from './lib/reports.ts';
import type { Secret } from './lib/secret.ts';
import { createPubSub } from './pubsub.ts';
import type { Limits } from './server/limits.ts';
import type { HttpServer } from './server/listen.ts';
import { firstAdminKey } from './services/apiKeys/first.ts';
import { hearOthers } from './services/news/hear.ts';
import { tellOthers } from './services/news/tell.ts';

export interface AppOptions {
  config: Config;
  log: Logger;
  /** Where the pretended platforms listen; null = the real ones of the configuration. */
  sandbox: { meta: string; google: string } | null;
  /** Sees every statement: tests count them. */
  onQuery?: (text: string) => void;
  /** Instead of the usual limits of requests. */
  limits?: Partial<Limits>;
}

/** The parts every process needs: database, secrets, connectors. No HTTP, no jobs. */
export interface Foundation {
  ctx: Context;
  /** The first admin key; null when it was given to somebody at an earlier start and is kept only as a hash. */
  adminKey: Secret | null;
  /** True when this start made it. */
  adminKeyIsNew: boolean;
  /** True when another live process serves this embedded database: its workers do the work. */
  attached: boolean;
  close(): Promise<void>;
}

/** Tasks a process performs at the same time. They wait for platforms, not for processors. */
export const CONCURRENCY = 6;

/** Opens the database (starting the embedded one), migrates it and builds the context. */
export async function openFoundation(given: AppOptions & { mayAttach?: boolean }): Promise<Foundation> {
  const options = { ...given, log: await logOf(given) };
  const { config, log } = options;
  const server = await databaseServer(options);
  try {
    await applyMigrations(server.url, { log });
    const { onQuery } = options;
    const db = openDatabase({ url: server.url, log, ...(onQuery ? { onQuery } : {}) });
    const secrets = config.databaseUrl === null ? await installationSecrets(config.dataDir) : null;
    const ctx = buildContext(options, { db, secrets });
    await installQueue(db.queue, log);
    const telling = tellOthers(asSystem(ctx, 'news'));
    return {
      ctx,
      ...(await adminKeyOf(ctx, config, secrets)),
      attached: server.attached,
      close: async () => {
        await telling.close();
        ctx.pubsub.close();
        await db.close();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The log, which also reports errors when the operator has somewhere to report them to. */
async function logOf({ config, log }: AppOptions): Promise<Logger> {
  return config.errorHook === null ? log : reporting(log, await loadErrorHook(config.errorHook));
}

export interface DatabaseServer {
  /** With the password: never log it. */
  url: string;
  attached: boolean;
  stop(): Promise<void>;
}

/** The server the configuration names; the embedded one is started, or joined when another process runs it. */
export async function databaseServer(
  options: Pick<AppOptions, 'config' | 'log'> & { mayAttach?: boolean },
): Promise<DatabaseServer> {
  const { config, log } = options;
  const nothing = () => Promise.resolve();
  if (config.databaseUrl !== null) return { url: config.databaseUrl, attached: false, stop: nothing };
  const { dataDir } = config;
  const attach = async () => {
    const url = options.mayAttach ? await attachEmbedded({ dataDir }) : null;
    return url === null ? null : { url, attached: true, stop: nothing };
  };
  const running = await attach();
  if (running) return running;
  try {
    const embedded = await startEmbedded({ dataDir, log });
    return { url: embedded.url, attached: false, stop: () => embedded.stop() };
  } catch (error) {
    // Somebody else started it in the same moment.
    const theirs = error instanceof AppError && error.code === 'CONFLICT' ? await attach() : null;
    if (theirs) return theirs;
    throw error;
  }
}

function buildContext(
  { config, log, sandbox }: AppOptions,
  parts: { db: Context['db']; secrets: InstallationSecrets | null },
): Context {
  const { meta, google } = sandbox ? inSandbox(config, sandbox) : config;
  const anonymous: Actor = { kind: 'ANONYMOUS' };
  return {
    db: parts.db,
    now: systemClock,
    log,
    actor: anonymous,
    origin: null,
    platforms: createPlatforms({ meta, google }),
    oauthPlatforms: createOAuthPlatforms({ meta, google }),
    publicUrl: () => publicUrl(config, null),
    allowSpendingTokens: config.allowSpendingTokens,
    secretKeys:
      config.secretKeys === null && parts.secrets
        ? parts.secrets.secretKeys
        : fixedKeyRing(config.secretKeys ?? []),
    agencyTokens: config.agencyTokens,
    pubsub: createPubSub(),
    jobs: createJobQueue(),
    mail: mailOf(config),
    reportTo: config.mail.reportTo,
    jobCatalogue: JOBS,
  };
}

function mailOf({ mail: { smtpUrl, from } }: Config): MailConnector {
  return smtpUrl && from ? smtpMail({ url: smtpUrl, from }) : keptMail(from?.address.split('@').at(-1));
}

type Sandbox = NonNullable<AppOptions['sandbox']>;

function inSandbox(config: Config, sandbox: Sandbox): Pick<Config, 'meta' | 'google'> {
  return {
    meta: { ...config.meta, graphUrl: sandbox.meta, dialogUrl: sandbox.meta },
    google: { ...config.google, oauthUrl: sandbox.google, adsUrl: sandbox.google },
  };
}

function publicUrl(config: Config, listening: string | null): string {
  const url = config.publicUrl ?? listening;
  if (url === null) throw new Error('This process serves no browser.');
  return url;
}

async function adminKeyOf(
  ctx: Context,
  config: Config,
  secrets: InstallationSecrets | null,
): Promise<Pick<Foundation, 'adminKey' | 'adminKeyIsNew'>> {
  if (config.adminKey) return { adminKey: config.adminKey, adminKeyIsNew: false };
  if (secrets) return secrets;
  // It is shown once, where whoever asks for it looks: not in the output of one worker among many.
  if (config.role === 'worker') return { adminKey: null, adminKeyIsNew: false };
  const made = await firstAdminKey(asSystem(ctx, 'start'));
  return { adminKey: made, adminKeyIsNew: made !== null };
}

/** A whole process: foundation, jobs, HTTP. */
export interface App extends Foundation {
  http: HttpServer;
  /** Takes no more work, finishes or hands back what runs (within 10 s), ends subscriptions, stops the database last. */
  stop(): Promise<void>;
}

/** Starts what the configured role asks for: `all`, `api` (no jobs) or `worker` (only health over HTTP). */
export async function startApp(options: AppOptions): Promise<App> {
  const { config } = options;
  const foundation = await openFoundation(options);
  let listening: string | null = null;
  const ctx: Context = { ...foundation.ctx, publicUrl: () => publicUrl(config, listening) };
  let ready = true;
  const databaseReady = createReadiness(ctx.db.staff);
  const news = hearOthers(asSystem(ctx, 'news'));
  const stops: (() => Promise<void>)[] = [() => foundation.close(), () => news.close()];
  const stop = async () => {
    ready = false;
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    // Loaded only where it is served: it takes as long as all the rest, and short commands do without.
    const { listen } = await import('./server/listen.ts');
    const http = await listen(ctx, {
      host: config.host,
      port: config.port,
      graphql: config.role !== 'worker',
      authentication: { adminKey: foundation.adminKey },
      allowedOrigins: config.allowedOrigins,
      production: config.production,
      limits: { perMinute: config.rateLimit, ...options.limits },
      isReady: async () => ready && (await databaseReady()),
      metricsToken: config.metricsToken,
    });
    listening = http.url;
    stops.push(() => http.close());
    if (config.role !== 'api') stops.push(await startJobs(inBackground(asSystem(ctx, 'jobs'))));
    return { ...foundation, ctx, http, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startJobs(ctx: Context): Promise<() => Promise<void>> {
  await createDefaultSchedules(ctx, JOBS);
  const runner = await startRunner(ctx, { jobs: JOBS, concurrency: CONCURRENCY });
  const scheduler = await startScheduler(ctx, { jobs: JOBS });
  return async () => {
    await scheduler.stop();
    await runner.stop();
  };
}
