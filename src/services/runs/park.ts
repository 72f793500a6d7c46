import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import type { BegunTask } from './perform.ts';
import { startRun } from './start.ts';
import type { StartedRun } from './start.ts';

export interface Parking {
  begun: BegunTask;
  /** The parameters of what is left to do; undefined = the task's own. */
  rest: unknown;
  /** As the task had it. */
  serialKey: string | null;
  priority: number;
  notBefore: Date;
}

const PARKED = 'PARKED ';

/**
 * A run of its own for a task whose platform takes no calls for long: what is left of it, not before its time. There is
 * one for an account and the parameters that were asked for; the open one is returned instead of a second.
 * Call it where the task ends, after that is stored: a task that waited like this already holds the key of its own run.
 */
export function parkTask(ctx: Context, sql: Sql, parking: Parking): Promise<StartedRun> {
  const { begun, rest, serialKey, priority, notBefore } = parking;
  const { kind, clientId, accountId } = begun;
  const parameters = rest ?? begun.parameters;
  return startRun(ctx, sql, {
    kind,
    trigger: 'RETRY',
    clientId,
    scheduleId: null,
    parameters,
    workKey: begun.workKey.startsWith(PARKED) ? begun.workKey : keyOf(begun),
    tasks: [{ clientId, accountId, parameters, serialKey, priority }],
    notBefore,
  });
}

/** The database gives objects of equal content in one order of keys. */
function keyOf({ kind, clientId, accountId, parameters }: BegunTask): string {
  return `${PARKED}${kind} ${clientId ?? '*'} ${accountId ?? '*'} ${JSON.stringify(parameters)}`;
}
