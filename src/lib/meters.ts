import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/*
 * What this process counts about itself, for /metrics. Labels take values from short lists of this code alone: never an
 * id, a client, an address or a text of a caller.
 */
const registry = new Registry();
const registers = [registry];

export const platformCalls = new Counter({
  name: 'tributary_platform_calls_total',
  help: 'HTTP calls to platforms, by what came of them.',
  labelNames: ['platform', 'outcome'],
  registers,
});

export const platformCallSeconds = new Histogram({
  name: 'tributary_platform_call_seconds',
  help: 'How long HTTP calls to platforms take.',
  labelNames: ['platform'],
  buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  registers,
});

const throttleWaits = new Counter({
  name: 'tributary_throttle_waits_total',
  help: 'Tasks that were put off because a platform asked for a pause.',
  labelNames: ['kind'],
  registers,
});

const throttleWaitSeconds = new Counter({
  name: 'tributary_throttle_wait_seconds_total',
  help: 'How long tasks were put off because a platform asked for a pause.',
  labelNames: ['kind'],
  registers,
});

const statementSeconds = new Histogram({
  name: 'tributary_sql_seconds',
  help: 'How long SQL statements take, by the name they open with.',
  labelNames: ['statement'],
  buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10],
  registers,
});

export const operations = new Counter({
  name: 'tributary_graphql_operations_total',
  help: 'GraphQL operations, by kind and by OK or the code of their first error.',
  labelNames: ['type', 'outcome'],
  registers,
});

export const operationSeconds = new Histogram({
  name: 'tributary_graphql_operation_seconds',
  help: 'How long GraphQL operations take once they were let in; of a subscription: its opening.',
  labelNames: ['type'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  registers,
});

/** Names stand in the source, so there are some two hundred; a text that slipped in as one would be a leak of memory. */
const MOST_STATEMENTS = 500;
const statements = new Set<string>();

/** Counts one statement of this name; `seconds` from its sending to its answer. */
export function countStatement(name: string, seconds: number): void {
  if (!statements.has(name) && statements.size < MOST_STATEMENTS) statements.add(name);
  statementSeconds.observe({ statement: statements.has(name) ? name : 'other' }, seconds);
}

/** Counts a task of this kind that was put off for so long because its platform asked for a pause. */
export function countThrottleWait(kind: string, ms: number): void {
  throttleWaits.inc({ kind });
  throttleWaitSeconds.inc({ kind }, ms / 1000);
}

let watchesProcess = false;

/** Everything counted so far, with the process's memory, processor and event loop from the first call on. */
export function processRegistry(): Registry {
  if (!watchesProcess) collectDefaultMetrics({ register: registry });
  watchesProcess = true;
  return registry;
}
