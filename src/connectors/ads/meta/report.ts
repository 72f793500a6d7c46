import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { monotonicMs } from '../../../lib/clock.ts';
import { ConnectorError } from '../../errors.ts';
import type { AccountAccess } from '../contract.ts';
import { GraphError } from './answer.ts';
import type { Graph } from './api.ts';
import { accountCall, callAbout } from './calls.ts';
import type { Symptom } from './errors.ts';
import { judge, vendorCode } from './errors.ts';

/** How a report is waited for; all in milliseconds. */
export interface Patience {
  /** The first pause; doubles with each look. */
  baseMs: number;
  /** The longest pause. */
  capMs: number;
  /** For so long after it was asked for, a report may not be found. */
  raceMs: number;
  /** Without progress for so long, it hangs. */
  stallMs: number;
  /** The longest a report may take. */
  totalMs: number;
  /** A number in [0, 1). */
  random: () => number;
}

export const PATIENCE: Patience = {
  baseMs: 1_000,
  capMs: 60_000,
  raceMs: 60_000,
  stallMs: 5 * 60_000,
  totalMs: 30 * 60_000,
  random: Math.random,
};

const started = z.object({ report_run_id: z.coerce.string().regex(/^\d{1,40}$/) });
const number = z.coerce.number().catch(0);
const state = z.object({
  async_status: z.string(),
  async_percent_completion: number,
  error_code: z.coerce.number().int().nullish().catch(null),
  error_subcode: z.coerce.number().int().nullish().catch(null),
  error_message: z.string().catch(''),
});
type State = z.infer<typeof state>;

/** Asks for a report; the id it goes by, as digits. */
export async function startReport(
  graph: Graph,
  access: AccountAccess,
  params: Record<string, string>,
): Promise<string> {
  const call = { ...accountCall(access, '/insights', params), method: 'POST' as const };
  return (await graph(call, started)).value.report_run_id;
}

/** A report that is being made. */
export interface Awaited {
  access: AccountAccess;
  id: string;
}

/**
 * Comes back once the report is done: `Job Completed` and 100 %; either alone is not enough. Throws GraphError with a
 * symptom when it failed, expired, got lost or makes no progress.
 */
export async function finished(graph: Graph, report: Awaited, patience: Patience): Promise<void> {
  const begun = monotonicMs();
  let moved = begun;
  let percent = -1;
  for (let look = 1; ; look += 1) {
    await pause(pauseOf(patience, look), report.access.signal);
    const seen = await lookAt(graph, report, monotonicMs() - begun < patience.raceMs);
    if (seen !== null && isDone(seen)) return;
    const now = monotonicMs();
    if (seen !== null && seen.async_percent_completion > percent) {
      percent = seen.async_percent_completion;
      moved = now;
    }
    if (now - moved >= patience.stallMs || now - begun >= patience.totalMs) throw trouble('STUCK');
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(ms, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Half of the bound is certain, the other half random: looks neither pile up nor come at once. */
function pauseOf({ baseMs, capMs, random }: Patience, look: number): number {
  const bound = Math.min(capMs, baseMs * 2 ** Math.min(look - 1, 20));
  return bound / 2 + (random() * bound) / 2;
}

/** Null while it may still be on its way: just after it was asked for, a report is not always found. */
async function lookAt(graph: Graph, { access, id }: Awaited, early: boolean): Promise<State | null> {
  try {
    return (await graph(callAbout(access, { path: id }), state)).value;
  } catch (error) {
    if (!isUnknown(error)) throw error;
    if (early) return null;
    throw trouble('LOST', error);
  }
}

/** Code 100/33: there is no such object. */
export function isUnknown(error: unknown): error is ConnectorError {
  return error instanceof ConnectorError && error.vendorCode === '100/33';
}

function isDone(seen: State): boolean {
  if (seen.async_status === 'Job Failed') throw failed(seen);
  if (seen.async_status === 'Job Skipped') throw trouble('SKIPPED');
  return seen.async_status === 'Job Completed' && seen.async_percent_completion >= 100;
}

/** Since v25.0 the report says what it failed of; throttles and dead tokens are not the report's fault. */
function failed({ error_code: code, error_subcode: subcode, error_message: message }: State): GraphError {
  if (code === null || code === undefined) return trouble('FAILED');
  const error = { code, subcode: subcode ?? null, isTransient: false, message };
  const verdict = judge(error, 400);
  if (verdict.failure !== 'WAIT' && verdict.failure !== 'REAUTHORIZE')
    return trouble(verdict.symptom ?? 'FAILED', undefined, vendorCode(error));
  const concerns = verdict.concerns ?? 'ACCOUNT';
  const known = { failure: verdict.failure, concerns, vendorCode: vendorCode(error) };
  return new GraphError(verdict.say, known, { decision: 'stop' });
}

const SAY: Readonly<Record<Symptom, string>> = {
  TOO_SLOW: 'Meta could not make the report in time.',
  TOO_MUCH: 'The report is too large for Meta.',
  FAILED: 'Meta could not make the report.',
  SKIPPED: 'Meta let the report expire.',
  LOST: 'Meta does not know the report any more.',
  STUCK: 'Meta does not get on with the report.',
};

function trouble(symptom: Symptom, cause?: unknown, code?: string): GraphError {
  const known = { failure: 'RETRY' as const, cause, ...(code === undefined ? {} : { vendorCode: code }) };
  return new GraphError(SAY[symptom], known, { decision: 'stop', symptom });
}
