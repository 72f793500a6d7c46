/*
 * Glossary — one word, one meaning.
 *
 * client       the advertised brand, the tenant; never an API client
 * account      one ad account of a client on a platform
 * platform     an ad network (META, GOOGLE)
 * connector    code that speaks one vendor's protocol
 * structure    campaigns, ad sets (Google: ad groups), ads
 * insight      one ad, one day, as the platform reports it now
 * slice        one account × one day: the unit that is fetched, replaced and judged
 * restatement  a later read that changes a past slice
 * goal         a named conversion of a client
 * coverage     which slices a figure rests on
 * sync pulls, ingest receives pushes, collect computes points, close freezes a month
 * a job has runs, a run has tasks, a task has an outcome
 */
import type { z } from 'zod';
import type { AdPlatform } from './connectors/ads/contract.ts';
import type { OAuthPlatform } from './connectors/ads/oauth.ts';
import type { MailConnector } from './connectors/mail/contract.ts';
import type { ActorDatabase } from './db/client.ts';
import { transaction } from './db/client.ts';
import type { Role, RunStatus } from './db/enums.ts';
import type { Sql } from './db/sql.ts';
import type { Clock } from './lib/clock.ts';
import type { KeyRing } from './lib/keyRing.ts';
import type { Logger } from './lib/log.ts';
import type { Secret } from './lib/secret.ts';
import type { PubSub } from './pubsub.ts';

/** Somebody who proved who they are. A VIEWER sees only `clientIds`; an ADMIN sees every client. */
interface Identified {
  id: string;
  name: string;
  role: Role;
  clientIds: readonly string[];
}

/** Who asks. The SYSTEM is a job or a command: it sees every client. */
export type Actor =
  | { kind: 'ANONYMOUS' }
  | ({ kind: 'API_KEY' } & Identified)
  | ({ kind: 'USER'; sessionId: string } & Identified)
  | { kind: 'SYSTEM'; name: string };

/** Puts work into the queue inside the caller's transaction: it exists if and only if its cause does. */
export interface JobQueue {
  /** `delayMs`: not before so long from now; 0 when left out. */
  enqueueTasks(sql: Sql, tasks: readonly QueuedTask[], delayMs?: number): Promise<void>;
}

export interface QueuedTask {
  taskId: string;
  /** Tasks of one lane key run one after the other; an account's id, so that no account is read twice at once. */
  serialKey: string | null;
  /** Lower goes first. */
  priority: number;
}

/** Everything a service may use. Built in app.ts, overridden in tests, nothing has a hidden default. */
export interface Context {
  /** Sees and does what the actor may: a viewer's only reads, and only its clients' rows. */
  db: ActorDatabase;
  now: Clock;
  log: Logger;
  actor: Actor;
  /** The caller's network address; null for jobs and commands. */
  origin: string | null;
  platforms: PlatformRegistry;
  /** What can be connected in a browser, by key. */
  oauthPlatforms: ReadonlyMap<string, OAuthPlatform>;
  /** Where browsers reach this server, without a slash at the end. Throws in a process that serves none. */
  publicUrl: () => string;
  /** Whether tokens that could spend budget are taken. */
  allowSpendingTokens: boolean;
  secretKeys: KeyRing;
  /** The agency's own token of a platform, for accounts that have none. */
  agencyTokens: ReadonlyMap<string, Secret>;
  pubsub: PubSub;
  jobs: JobQueue;
  mail: MailConnector;
  /** Who gets the installation's reports; none = every active admin. */
  reportTo: readonly string[];
  /** Every kind of job, for whoever makes a schedule; the registry of jobs is one. */
  jobCatalogue: JobCatalogue;
}

/** What may be scheduled, by kind: services and schema know jobs only as this. */
export type JobCatalogue = ReadonlyMap<string, ScheduledJob>;

export interface ScheduledJob {
  label: string;
  /** Checks a schedule's parameters. */
  parameters: z.ZodType;
  /** What follows when a run of it is over, in the transaction that ends it: quick, and only to the database. */
  onFinished?(ctx: Context, sql: Sql, run: FinishedRun): Promise<unknown>;
}

/** A run that has just ended. */
export interface FinishedRun {
  runId: string;
  kind: string;
  status: RunStatus;
}

/** The ad networks this process can talk to, by key. */
export type PlatformRegistry = ReadonlyMap<string, AdPlatform>;

/** One transaction over our SQL; enqueue jobs with the same `sql`. */
export function inTransaction<T>(ctx: Context, work: (sql: Sql) => Promise<T>): Promise<T> {
  return transaction(ctx.db.pool, work);
}

/** The same context, acting as the system: for jobs and commands, never for a caller. */
export function asSystem(ctx: Context, name: string): Context {
  return actingAs(ctx, { kind: 'SYSTEM', name });
}

/** The same context in the hands of an actor; its database is bound to what the actor may see. */
export function actingAs(ctx: Context, actor: Actor): Context {
  return { ...ctx, actor, db: databaseOf(ctx.db, actor) };
}

/**
 * The same actor, over the whole database: for the few things the process does on behalf of somebody who sees a part
 * of it or nothing, such as signing in or out, or noting it in the audit log. Whoever uses it checks every row itself.
 */
export function withStaffDatabase(ctx: Context): Context {
  return { ...ctx, db: ctx.db.staff };
}

/** The same context with the connections of jobs: their own, and with more patience than a request has. */
export function inBackground(ctx: Context): Context {
  return { ...ctx, db: ctx.db.staff.jobs };
}

function databaseOf(db: ActorDatabase, actor: Actor): ActorDatabase {
  if (actor.kind === 'SYSTEM') return db.staff;
  if (actor.kind === 'ANONYMOUS') return db.staff.forClients([]);
  return actor.role === 'ADMIN' ? db.staff : db.staff.forClients(actor.clientIds);
}
