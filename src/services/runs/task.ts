import type { RunLogLevel } from '../../db/enums.ts';
import type { Sql } from '../../db/sql.ts';
import type { DayRange } from '../../lib/days.ts';

/** What `checkpoint` writes beside the counters. */
export interface Checkpoint {
  /** Records stored by this write; added to the task's and the run's count. */
  records: number;
  /** One line for people watching: `act_1 2026-10-01…2026-10-07`. */
  message?: string;
}

/** A page of a long reading, kept so that nobody has to ask for it again after a kill. Gone when the task ends. */
export interface KeptPage {
  /** Its place among the task's pages; never used twice. */
  seq: number;
  /** The days it is about; null = no days. */
  window: DayRange | null;
  readAt: Date;
  /** Where the reading goes on; null when this was the last page. */
  next: Readonly<Record<string, unknown>> | null;
  /** Without secrets. */
  content: string;
}

/** One task in the hands of the runner, as a service sees it. */
export interface TaskWork {
  readonly runId: string;
  readonly taskId: string;
  readonly clientId: string | null;
  readonly accountId: string | null;
  readonly parameters: unknown;
  /** Aborts when the process stops or the run is cancelled; pass it to every call that waits. */
  readonly signal: AbortSignal;
  /** A line in the run's log, for people: no token, no personal data. */
  log(level: RunLogLevel, message: string): Promise<void>;
  /**
   * Does one write in one transaction together with the run's counters, so that after a kill both are there or
   * neither; then tells subscribers. Throws when the run was cancelled or the process is stopping: what was
   * checkpointed stays, the rest is not done (cancelled) or done later by another process (stopping).
   */
  checkpoint(write: (sql: Sql) => Promise<Checkpoint>): Promise<void>;
  /**
   * Keeps a page, durable when the promise resolves; `write` is done in the same transaction. Counts as getting ahead,
   * changes no counter and tells nobody. Throws as `checkpoint` does.
   */
  keep(page: KeptPage, write?: (sql: Sql) => Promise<void>): Promise<void>;
}

/** What became of a task that did not throw. A throw is FAILED with the error's class and reason. */
export interface TaskOutcome {
  status: 'SUCCEEDED' | 'SKIPPED';
  reason?: string;
}

/** A part of a run to be. */
export interface NewTask {
  clientId: string | null;
  accountId: string | null;
  parameters: unknown;
  /** Tasks of the same key run one after the other. */
  serialKey: string | null;
  /** Lower goes first. */
  priority: number;
}
