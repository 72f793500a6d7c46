import type { z } from 'zod';
import type { Context, FinishedRun } from '../context.ts';
import type { RunTrigger } from '../db/enums.ts';
import type { Sql } from '../db/sql.ts';
import type { TaskOutcome, TaskWork } from '../services/runs/task.ts';

export interface JobStart<Parameters> {
  parameters: Parameters;
  /** Null = every client. */
  clientId: string | null;
  trigger: RunTrigger;
  scheduleId: string | null;
  /** The moment it was due, which may be long past when it is caught up; by hand: now. */
  fireAt: Date;
}

/** A kind of work that can be scheduled. One file and one line in jobs/index.ts each. */
export interface JobDefinition<Parameters> {
  /** `ADS_SYNC`: the word in GraphQL, the CLI and the database. */
  kind: string;
  label: string;
  /** Checks and completes a schedule's parameters. */
  parameters: z.ZodType<Parameters>;
  /** Created at the first start; null = only by hand. */
  defaultSchedule: { cron: string; timezone: string } | null;
  /** Which missed fires run when the process comes back. */
  catchUp: 'LATEST' | 'EVERY';
  /** Plans the tasks and starts the run (or finds the open run of the same work). Null: there was nothing to do. */
  start(ctx: Context, input: JobStart<Parameters>): Promise<{ runId: string } | null>;
  /** What follows when a run is over, in the transaction that ends it: quick, and only to the database. */
  onFinished?(ctx: Context, sql: Sql, run: FinishedRun): Promise<unknown>;
  /** Does one task. Idempotent: after a kill it is called again for the same task. */
  perform(ctx: Context, task: TaskWork): Promise<TaskOutcome>;
  /**
   * The parameters of the task that goes on later with what is left of this one, which a platform's pause ended; the
   * same as this one's when left out.
   */
  rest?(
    ctx: Context,
    task: Pick<TaskWork, 'runId' | 'clientId' | 'accountId' | 'parameters'>,
  ): Promise<unknown>;
}

export function defineJob<Parameters>(definition: JobDefinition<Parameters>): JobDefinition<Parameters> {
  return definition;
}

/**
 * Jobs by kind. `unknown` is sound here because parameters only ever get in through the job's own schema: parse with
 * `parameters`, give the result to `start` of the same job.
 */
export type JobRegistry = ReadonlyMap<string, JobDefinition<unknown>>;
